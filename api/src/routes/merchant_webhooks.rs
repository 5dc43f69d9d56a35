//! Webhooks of merchants, for administrators.

pub(crate) mod deliveries;
mod fields;
mod json;

use axum::{Json, http::StatusCode, response::IntoResponse as _};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contracts::{WebhookId, event::DisableReason};
use store::webhook::{self, Change, Disabled, Subscription};
use streamward::clock;

use self::{
    fields::{NewWebhook, WebhookChange},
    json::WebhookJson,
};
use crate::{
    Api,
    auth::principal::Admin,
    http::{Id, JsonBody, List, location, no_content},
    problem::{ApiResult, JsonResult, Problem, kinds},
};

/// Attempts of a change that conflicts with another one.
const ATTEMPTS: usize = 5;

/// Returns a new secret in the form of Standard Webhooks: 32 random bytes.
fn secret() -> String {
    format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 32]>()))
}

/// Adds a webhook. Its secret is in this answer and in no other.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "webhooks", operation_id = "addWebhook",
    security(("bearer" = ["admin"])),
    request_body = NewWebhook,
    responses((status = 201, description = "The webhook and its secret.", body = WebhookJson, headers(("Location" = String, description = "URL of the webhook.")))),
    extensions(("x-problems" = json!(["too-many-webhooks"]))),
)]
pub(crate) async fn add(Admin(api): Admin, body: JsonBody) -> ApiResult {
    let policy = api.settings.merchant_webhook_policy;
    let new: NewWebhook = fields::read(&body, policy).await?;
    let now = clock::now_ms();
    let webhook = Subscription {
        id: WebhookId::new(now, rand::random()),
        url: new.url,
        event_types: new.event_types,
        description: new.description,
        enabled: true,
        disabled: None,
        created_at: now,
    };
    let secret = secret();
    if !webhook::add_webhook(&api.runtime, &webhook, &secret).await? {
        return Err(Problem::new(&kinds::TOO_MANY_WEBHOOKS)
            .detail("Remove one that is not needed.")
            .with("limit", webhook::MOST));
    }
    let location = location(format!("/v1/webhooks/{}", webhook.id))?;
    let answer = WebhookJson::from(webhook).with_secret(secret);
    Ok((StatusCode::CREATED, location, Json(answer)).into_response())
}

/// Lists all webhooks.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    security(("bearer" = ["admin"])),
    responses((status = 200, description = "The webhooks.", body = List<WebhookJson>)),
)]
pub(crate) async fn list(Admin(api): Admin) -> JsonResult<List<WebhookJson>> {
    let all = webhook::list(&api.runtime).await?;
    Ok(Json(List::from_iter(all)))
}

/// Shows a webhook.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "showWebhook",
    security(("bearer" = ["admin"])),
    params(("id" = inline(WebhookId), Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook.", body = WebhookJson)),
)]
pub(crate) async fn show(Admin(api): Admin, Id(id): Id<WebhookId>) -> JsonResult<WebhookJson> {
    Ok(Json(known(&api, &id).await?.into()))
}

/// Changes, enables or disables a webhook.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "changeWebhook",
    security(("bearer" = ["admin"])),
    params(("id" = inline(WebhookId), Path, description = "The webhook's id.")),
    request_body = WebhookChange,
    responses((status = 200, description = "The webhook.", body = WebhookJson)),
)]
pub(crate) async fn change(
    Admin(api): Admin,
    Id(id): Id<WebhookId>,
    body: JsonBody,
) -> JsonResult<WebhookJson> {
    let policy = api.settings.merchant_webhook_policy;
    let edit: WebhookChange = fields::read(&body, policy).await?;
    for _ in 0..ATTEMPTS {
        let before = known(&api, &id).await?;
        let after = changed(&before, &edit);
        match webhook::change_webhook(&api.runtime, &before, &after).await? {
            Change::Changed => return Ok(Json(after.into())),
            Change::Raced => {}
            Change::Unknown => return Err(Problem::not_found()),
        }
    }
    Err(Problem::unavailable("a webhook changes too often"))
}

fn changed(before: &Subscription, edit: &WebhookChange) -> Subscription {
    let mut after = before.clone();
    if let Some(url) = &edit.url {
        after.url.clone_from(url);
    }
    if let Some(event_types) = &edit.event_types {
        after.event_types.clone_from(event_types);
    }
    if let Some(description) = &edit.description {
        after.description = Some(description.clone());
    }
    match edit.enabled {
        Some(true) => (after.enabled, after.disabled) = (true, None),
        Some(false) if before.enabled => {
            after.enabled = false;
            after.disabled = Some(Disabled {
                reason: DisableReason::ByAdmin,
                at: clock::now_ms(),
            });
        }
        Some(false) | None => {}
    }
    after
}

/// Removes a webhook.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "removeWebhook",
    security(("bearer" = ["admin"])),
    params(("id" = inline(WebhookId), Path, description = "The webhook's id.")),
    responses((status = 204, description = "It is removed.")),
)]
pub(crate) async fn remove(Admin(api): Admin, Id(id): Id<WebhookId>) -> ApiResult<StatusCode> {
    no_content(webhook::remove_webhook(&api.runtime, &id).await?)
}

/// Rotates the secret of a webhook. The previous one also signs for a day.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate", tag = "webhooks", operation_id = "rotateWebhook",
    security(("bearer" = ["admin"])),
    params(("id" = inline(WebhookId), Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook and its secret.", body = WebhookJson)),
)]
pub(crate) async fn rotate(Admin(api): Admin, Id(id): Id<WebhookId>) -> JsonResult<WebhookJson> {
    let webhook = known(&api, &id).await?;
    let secret = secret();
    let until = webhook::rotate_secret(&api.runtime, &webhook.id, &secret).await?;
    let until = until.ok_or_else(Problem::not_found)?;
    let answer = WebhookJson::from(webhook).with_secret(secret);
    Ok(Json(answer.with_previous_until(until)))
}

async fn known(api: &Api, id: &WebhookId) -> ApiResult<Subscription> {
    let found = webhook::find(&api.runtime, id).await?;
    found.ok_or_else(Problem::not_found)
}
