//! API keys: how an account lets machines speak for it.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use store::account::{self, ApiKey, Role};
use streamward::clock;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::principal::LoggedIn,
    auth::scopes,
    auth::signed_requests,
    auth::tokens,
    http::body::{At, Faults, Json, one_line},
    openapi::{answers, bodies::NewApiKey, params::ApiKeyPath},
    problem::{Problem, kinds},
};

const LONGEST_NAME: usize = 100;

/// An API key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub(crate) struct KeyJson {
    id: String,
    name: String,
    #[schema(value_type = Vec<answers::ScopeName>)]
    scopes: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// What requests are signed with: shown when the key is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

/// The keys of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeys)]
pub(crate) struct Keys {
    data: Vec<KeyJson>,
}

/// Makes a key. Its secret is in this answer and in no other.
#[utoipa::path(
    post,
    path = "/v1/api-keys",
    tag = "accounts",
    operation_id = "addApiKey",
    security(("bearer" = [])),
    request_body = NewApiKey,
    responses((status = 201, description = "The key and its secret.", body = KeyJson)),
    extensions(("x-problems" = json!(["too-many-api-keys"]))),
)]
pub(crate) async fn add(
    State(api): State<Api>,
    LoggedIn(live): LoggedIn,
    body: Json,
) -> Result<Response, Problem> {
    let (name, scopes) = wish(&body.value()?, &scopes::of_roles(&live.principal.roles))?;
    let key = ApiKey {
        id: tokens::fresh_key(),
        owner: live.principal,
        name,
        scopes,
        created_ms: clock::now_ms(),
    };
    if !account::add_api_key(api.runtime(), &key).await? {
        return Err(Problem::new(&kinds::TOO_MANY_API_KEYS).detail("Delete one that is not used."));
    }
    let secret = Some(signed_requests::secret_of(api.secret(), &key.id));
    let answer = KeyJson {
        secret,
        ..shown(key)
    };
    Ok((StatusCode::CREATED, Answer(answer)).into_response())
}

/// Lists one's own keys.
#[utoipa::path(
    get,
    path = "/v1/api-keys",
    tag = "accounts",
    operation_id = "listApiKeys",
    security(("bearer" = [])),
    responses((status = 200, description = "The keys.", body = Keys)),
)]
pub(crate) async fn list(
    State(api): State<Api>,
    LoggedIn(live): LoggedIn,
) -> Result<Answer<Keys>, Problem> {
    let keys = account::api_keys_of(api.runtime(), &live.principal.customer_id).await?;
    let data = keys.into_iter().map(shown).collect();
    Ok(Answer(Keys { data }))
}

/// Ends a key of one's own; administrators end any.
#[utoipa::path(
    delete,
    path = "/v1/api-keys/{id}",
    tag = "accounts",
    operation_id = "removeApiKey",
    security(("bearer" = [])),
    params(ApiKeyPath),
    responses((status = 204, description = "It is good for nothing any more.")),
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    LoggedIn(live): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if !tokens::is_key(&id) {
        return Err(Problem::not_found());
    }
    let key = account::find_api_key(api.runtime(), &id).await?;
    let may = |key: &ApiKey| {
        key.owner.customer_id == live.principal.customer_id
            || live.principal.roles.contains(&Role::Admin)
    };
    let key = key.filter(may).ok_or_else(Problem::not_found)?;
    account::remove_api_key(api.runtime(), &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(key: ApiKey) -> KeyJson {
    KeyJson {
        id: key.id,
        name: key.name,
        scopes: key.scopes,
        created_at: clock::rfc3339(key.created_ms),
        secret: None,
    }
}

/// The name and the scopes of a key, all of them among those that the caller may give.
fn wish(body: &Value, may: &[&str]) -> Result<(String, Vec<String>), Problem> {
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &["name", "scopes"]) else {
        return Err(faults.problem());
    };
    let name = faults.text(&fields, "name", |text| one_line(text, LONGEST_NAME));
    let given = faults.required(&fields, "scopes");
    let mut scopes: Vec<String> = Vec::new();
    match given.map(Value::as_array) {
        None => {}
        Some(Some(list)) if !list.is_empty() => {
            let at = At::Root.field("scopes");
            for (index, one) in list.iter().enumerate() {
                match one.as_str().filter(|word| may.contains(word)) {
                    Some(word) if scopes.iter().any(|known| known == word) => {
                        faults.add(at.item(index), "is there twice");
                    }
                    Some(word) => scopes.push(word.to_owned()),
                    None => {
                        let detail = format!("must be one of {}", may.join(", "));
                        faults.add(at.item(index), detail);
                    }
                }
            }
        }
        Some(_) => faults.add(
            At::Root.field("scopes"),
            "must be a list with an entry or more",
        ),
    }
    match name {
        Some(name) => faults.finish().map(|()| (name, scopes)),
        None => Err(faults.problem()),
    }
}
