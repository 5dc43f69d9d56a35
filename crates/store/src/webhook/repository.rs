//! The webhooks of the shop: added, looked at, changed and removed by administrators.

use contracts::WebhookId;
use streamward::{Error, Runtime};

use super::{MOST, OVERLAP_MS, Subscription};
use crate::{Result, keys, scripts};

/// Result of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The change is stored.
    Changed,
    /// The subscription changed concurrently; read it again.
    Raced,
    /// There is no such webhook.
    Unknown,
}

fn json(subscription: &Subscription) -> Result<String> {
    serde_json::to_string(subscription).map_err(|error| Error::Pack {
        kind: "webhook",
        cause: error.to_string(),
    })
}

/// Adds a webhook that signs with `secret`; says whether there was room for one more.
///
/// # Errors
/// [`streamward::Error`].
pub async fn add_webhook(
    runtime: &Runtime,
    subscription: &Subscription,
    secret: &str,
) -> Result<bool> {
    let text = json(subscription)?;
    for partition in runtime.partitions() {
        let all = [keys::webhooks(partition), keys::webhook_secrets(partition)];
        let reply = scripts::ADD_WEBHOOK
            .call(&all)
            .arg(subscription.id.as_str())
            .arg(&text)
            .arg(secret)
            .arg(MOST)
            .run(&mut runtime.server().link())
            .await?;
        match reply.tag() {
            "ADDED" => {}
            "FULL" => return Ok(false),
            _ => return Err(reply.unexpected()),
        }
    }
    Ok(true)
}

/// Makes `known` become `changed`. What the first partition has is compared; the others follow it.
///
/// # Errors
/// [`streamward::Error`].
pub async fn change_webhook(
    runtime: &Runtime,
    known: &Subscription,
    changed: &Subscription,
) -> Result<Change> {
    let text = json(changed)?;
    let mut link = runtime.server().link();
    for partition in runtime.partitions() {
        let expected = if partition.index() == 0 {
            // A script may have written the same in another order of fields.
            let mut get = redis::cmd("HGET");
            get.arg(keys::webhooks(partition)).arg(known.id.as_str());
            match get.query_async::<Option<String>>(&mut link).await? {
                None => return Ok(Change::Unknown),
                Some(found) if read(&found).as_ref() == Some(known) => found,
                Some(_) => return Ok(Change::Raced),
            }
        } else {
            String::new()
        };
        let all = [
            keys::webhooks(partition),
            keys::webhook_state(partition, &known.id),
        ];
        let reply = scripts::CHANGE_WEBHOOK
            .call(&all)
            .arg(known.id.as_str())
            .arg(expected)
            .arg(&text)
            .run(&mut link)
            .await?;
        match reply.tag() {
            "CHANGED" => {}
            "RACED" => return Ok(Change::Raced),
            "UNKNOWN" => return Ok(Change::Unknown),
            _ => return Err(reply.unexpected()),
        }
    }
    Ok(Change::Changed)
}

/// Removes a webhook with its log; says whether there was one.
///
/// # Errors
/// [`streamward::Error`].
pub async fn remove_webhook(runtime: &Runtime, webhook: &WebhookId) -> Result<bool> {
    let mut known = false;
    for partition in runtime.partitions() {
        let all = [
            keys::webhooks(partition),
            keys::webhook_secrets(partition),
            keys::webhook_state(partition, webhook),
            keys::webhook_inflight(partition, webhook),
            keys::webhook_log(partition, webhook),
            keys::webhook_bodies(partition, webhook),
            keys::webhook_recent(partition, webhook),
        ];
        let reply = scripts::REMOVE_WEBHOOK
            .call(&all)
            .arg(webhook.as_str())
            .run(&mut runtime.server().link())
            .await?;
        known |= match reply.tag() {
            "REMOVED" => true,
            "UNKNOWN" => false,
            _ => return Err(reply.unexpected()),
        };
    }
    Ok(known)
}

/// Gives a webhook a new secret. Answers the Unix milliseconds until which the one before signs too,
/// or `None` when there is no such webhook.
///
/// # Errors
/// [`streamward::Error`].
pub async fn rotate_secret(
    runtime: &Runtime,
    webhook: &WebhookId,
    secret: &str,
) -> Result<Option<u64>> {
    let mut until = None;
    for partition in runtime.partitions() {
        let mut reply = scripts::ROTATE_SECRET
            .call(&[keys::webhook_secrets(partition)])
            .arg(webhook.as_str())
            .arg(secret)
            .arg(OVERLAP_MS)
            .run(&mut runtime.server().link())
            .await?;
        match reply.tag() {
            "ROTATED" => until = Some(reply.take()?),
            "UNKNOWN" => {}
            _ => return Err(reply.unexpected()),
        }
    }
    Ok(until)
}

/// The webhook with this id.
///
/// # Errors
/// [`streamward::Error`].
pub async fn find(runtime: &Runtime, webhook: &WebhookId) -> Result<Option<Subscription>> {
    // Every partition knows every webhook.
    let first = &runtime.partitions()[0];
    let mut get = redis::cmd("HGET");
    get.arg(keys::webhooks(first)).arg(webhook.as_str());
    let found: Option<String> = get.query_async(&mut runtime.server().link()).await?;
    Ok(found.as_deref().and_then(read))
}

/// Every webhook, oldest first.
///
/// # Errors
/// [`streamward::Error`].
pub async fn list(runtime: &Runtime) -> Result<Vec<Subscription>> {
    let first = &runtime.partitions()[0];
    let mut all = super::subscribers(runtime, first).await?;
    all.sort_by(|one, two| one.id.cmp(&two.id));
    Ok(all)
}

pub(super) fn read(text: &str) -> Option<Subscription> {
    serde_json::from_str(text).ok()
}
