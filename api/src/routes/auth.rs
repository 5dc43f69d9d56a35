//! Registering, logging in and out.

mod person;

use std::time::Duration;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use contracts::CustomerId;
use serde_json::{Value, json};
use store::account::{self, Role, User};
use streamward::clock;

use crate::{
    Api,
    body::{At, Faults, Json},
    caller::{Caller, bearer},
    password::{self, hash_password},
    problem::{Problem, kinds},
    token,
};

pub(super) async fn register(State(api): State<Api>, body: Json) -> Result<Response, Problem> {
    let value = body.value()?;
    let person = person::read(&value)?;
    let _place = password::queue().ok_or_else(busy)?;
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email: person.email,
        name: person.name,
        phone: person.phone,
        password_hash: hash_password(person.password).await?,
        roles: vec![Role::Customer],
    };
    if !account::register(api.runtime(), &user).await? {
        return Err(
            Problem::new(&kinds::EMAIL_TAKEN).detail("Log in, or register with another address.")
        );
    }
    let answer = json!({ "customerId": user.customer_id, "email": user.email, "name": user.name });
    Ok((StatusCode::CREATED, Answer(answer)).into_response())
}

pub(super) async fn login(State(api): State<Api>, body: Json) -> Result<Answer<Value>, Problem> {
    let (email, password) = credentials(&body.value()?)?;
    let _place = password::queue().ok_or_else(busy)?;
    let user = account::find(api.runtime(), &email).await?;
    // An unknown user costs the same check, so that nobody learns by the clock who has an account.
    let hash = user
        .as_ref()
        .map_or(api.decoy(), |user| &user.password_hash);
    let matches = password::verify(password, hash.to_owned()).await?;
    let Some(user) = user.filter(|_| matches) else {
        return Err(Problem::new(&kinds::INVALID_CREDENTIALS));
    };
    let ttl = api.settings().session_ttl;
    let token = token::fresh();
    account::open_session(api.runtime(), &token, &user, ttl).await?;
    let roles: Vec<_> = user.roles.iter().map(|role| role.name()).collect();
    Ok(Answer(json!({
        "token": token,
        "expiresAt": expiry(ttl),
        "customerId": user.customer_id,
        "roles": roles,
    })))
}

pub(super) async fn logout(
    State(api): State<Api>,
    _: Caller,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let token = bearer(&headers).ok_or_else(Problem::unauthorized)?;
    account::close_session(api.runtime(), token).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn credentials(body: &Value) -> Result<(String, String), Problem> {
    let mut faults = Faults::default();
    let fields = faults.object(body, At::Root, &["email", "password"]);
    let mut text =
        |name| fields.and_then(|all| faults.text(&all, name, |text| Ok(text.to_owned())));
    let (email, password) = (text("email"), text("password"));
    match (email, password) {
        (Some(email), Some(password)) => {
            faults.finish()?;
            Ok((email.trim().to_lowercase(), password))
        }
        _ => Err(faults.problem()),
    }
}

fn expiry(ttl: Duration) -> String {
    let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
    clock::rfc3339(clock::now_ms().saturating_add(ttl))
}

fn busy() -> Problem {
    Problem::unavailable("too many passwords wait to be checked")
}
