//! API keys: credentials that an account gives to machines.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use serde_json::{Value, json};
use store::account::{self, ApiKey, Role};
use streamward::clock;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::{
        principal::LoggedIn,
        scopes::{self, ScopeName},
        signed_requests, tokens,
    },
    http::{At, Components, Faults, Field, JsonBody, List, fields::Line, reference, request_body},
    problem::{ApiResult, JsonResult, Problem, kinds},
};

request_body! {
    /// An API key.
    pub(crate) struct NewApiKey {
        /// Purpose of the key, in one line.
        name: Line<100>, example = "The till";
        /// Scopes of the key; the account's roles limit them.
        scopes: Scopes, example = ["orders:write"];
    }
}

/// A set of scopes. Which ones are allowed depends on the caller, and is checked by [`check_scopes`].
pub(crate) struct Scopes;

impl Field for Scopes {
    type Value = Vec<String>;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<Vec<String>> {
        let scopes = value.as_array().filter(|scopes| !scopes.is_empty());
        if scopes.is_none() {
            faults.add(at, "must be a list with an entry or more");
        }
        let scopes = scopes?.iter().filter_map(Value::as_str);
        Some(scopes.map(ToOwned::to_owned).collect())
    }

    fn schema() -> Value {
        let items = reference("ScopeName");
        json!({ "type": "array", "uniqueItems": true, "minItems": 1, "items": items })
    }

    fn add_components(components: &mut Components) {
        components.insert("ScopeName".to_owned(), ScopeName::json_schema());
    }
}

/// Adds a fault for every scope that the caller may not give, or that is there twice.
fn check_scopes(body: &Value, allowed: &[&str], faults: &mut Faults) {
    let given = body["scopes"].as_array().map_or(&[][..], Vec::as_slice);
    let at = At::Root.field("scopes");
    for (index, scope) in given.iter().enumerate() {
        if !scope.as_str().is_some_and(|scope| allowed.contains(&scope)) {
            let detail = format!("must be one of {}", allowed.join(", "));
            faults.add(at.item(index), detail);
        } else if given[..index].contains(scope) {
            faults.add(at.item(index), "is there twice");
        }
    }
}

/// An API key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub(crate) struct KeyJson {
    id: String,
    name: String,
    #[schema(value_type = Vec<ScopeName>)]
    scopes: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// The key that requests are signed with; only in the answer to its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

/// Creates a key. Its secret is in this answer and in no other.
#[utoipa::path(
    post, path = "/v1/api-keys", tag = "accounts", operation_id = "addApiKey",
    security(("bearer" = [])),
    request_body = NewApiKey,
    responses((status = 201, description = "The key and its secret.", body = KeyJson)),
    extensions(("x-problems" = json!(["too-many-api-keys"]))),
)]
pub(crate) async fn add(
    State(api): State<Api>,
    LoggedIn(session): LoggedIn,
    body: JsonBody,
) -> ApiResult<(StatusCode, Json<KeyJson>)> {
    let allowed = scopes::of_roles(&session.principal.roles);
    let new: NewApiKey = body.read_and(|body, _, faults| check_scopes(body, &allowed, faults))?;
    let key = ApiKey {
        id: tokens::fresh_key(),
        owner: session.principal,
        name: new.name,
        scopes: new.scopes,
        created_ms: clock::now_ms(),
    };
    if !account::add_api_key(&api.runtime, &key).await? {
        return Err(Problem::new(&kinds::TOO_MANY_API_KEYS).detail("Delete one that is not used."));
    }
    let secret = Some(signed_requests::secret_of(&api.secret, &key.id));
    let key = KeyJson {
        secret,
        ..key.into()
    };
    Ok((StatusCode::CREATED, Json(key)))
}

/// Lists the caller's own keys.
#[utoipa::path(
    get, path = "/v1/api-keys", tag = "accounts", operation_id = "listApiKeys",
    security(("bearer" = [])),
    responses((status = 200, description = "The keys.", body = List<KeyJson>)),
)]
pub(crate) async fn list(
    State(api): State<Api>,
    LoggedIn(session): LoggedIn,
) -> JsonResult<List<KeyJson>> {
    let keys = account::api_keys_of(&api.runtime, &session.principal.customer_id).await?;
    Ok(Json(List::from_iter(keys)))
}

/// Revokes one of the caller's own keys; administrators revoke any.
#[utoipa::path(
    delete, path = "/v1/api-keys/{id}", tag = "accounts", operation_id = "removeApiKey",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The key's id.", pattern = "^ak_[0-9a-f]{24}$")),
    responses((status = 204, description = "It is revoked.")),
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    if !tokens::is_key(&id) {
        return Err(Problem::not_found());
    }
    let key = account::find_api_key(&api.runtime, &id).await?;
    let may = |key: &ApiKey| {
        key.owner.customer_id == session.principal.customer_id
            || session.principal.roles.contains(&Role::Admin)
    };
    let key = key.filter(may).ok_or_else(Problem::not_found)?;
    account::remove_api_key(&api.runtime, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ApiKey> for KeyJson {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            scopes: key.scopes,
            created_at: clock::rfc3339(key.created_ms),
            secret: None,
        }
    }
}
