//! The webhooks of the shop, as administrators add, read, change and remove them.

use contracts::WebhookId;
use streamward::Runtime;

use super::{MOST, OVERLAP_MS, Subscription};
use crate::{
    Result, keys, read,
    script::{self, json},
};

/// Adds a webhook that signs with `secret`; returns false when there are too many.
pub async fn add_webhook(
    runtime: &Runtime,
    subscription: &Subscription,
    secret: &str,
) -> Result<bool> {
    let text = json("webhook", subscription)?;
    for partition in runtime.partitions() {
        let keys = [keys::webhooks(partition), keys::webhook_secrets(partition)];
        let script = script!("webhook/add_webhook" {
            webhook: &subscription.id,
            subscription: &text,
            secret,
            most: MOST,
        });
        if !script::run(runtime, &keys, script).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

replies! {
    /// Result of a change.
    pub Change {
        /// The change is stored.
        Changed = "CHANGED",
        /// The subscription changed concurrently; read it again.
        Raced = "RACED",
        /// There is no such webhook.
        Unknown = "UNKNOWN",
    }
}

/// Replaces `known` with `changed`. The first partition's copy is compared; the others follow it.
pub async fn change_webhook(
    runtime: &Runtime,
    known: &Subscription,
    changed: &Subscription,
) -> Result<Change> {
    let text = json("webhook", changed)?;
    let mut link = runtime.server().link();
    for partition in runtime.partitions() {
        let mut expected = None;
        if partition.index() == 0 {
            // A script may have written the same in another order of fields.
            let all = keys::webhooks(partition);
            expected = read::field::<String>(&mut link, &all, known.id.as_str()).await?;
            match &expected {
                None => return Ok(Change::Unknown),
                Some(found) if parse(found).as_ref() == Some(known) => {}
                Some(_) => return Ok(Change::Raced),
            }
        }
        let keys = [
            keys::webhooks(partition),
            keys::webhook_state(partition, &known.id),
        ];
        let script = script!("webhook/change_webhook" {
            webhook: &known.id,
            known: expected,
            changed: &text,
        });
        match script::run(runtime, &keys, script).await? {
            Change::Changed => {}
            failed @ (Change::Raced | Change::Unknown) => return Ok(failed),
        }
    }
    Ok(Change::Changed)
}

/// Removes a webhook with its log; returns false when there was none.
pub async fn remove_webhook(runtime: &Runtime, webhook: &WebhookId) -> Result<bool> {
    let mut known = false;
    for partition in runtime.partitions() {
        let keys = [
            keys::webhooks(partition),
            keys::webhook_secrets(partition),
            keys::webhook_state(partition, webhook),
            keys::webhook_inflight(partition, webhook),
            keys::webhook_log(partition, webhook),
            keys::webhook_bodies(partition, webhook),
            keys::webhook_recent(partition, webhook),
        ];
        let script = script!("webhook/remove_webhook" { webhook });
        known |= script::run::<bool>(runtime, &keys, script).await?;
    }
    Ok(known)
}

replies! {
    pub(crate) Rotated {
        /// Rotated; the previous secret signs until these Unix milliseconds.
        Rotated(u64) = "ROTATED",
        Unknown = "UNKNOWN",
    }
}

/// Gives a webhook a new secret. Returns the Unix milliseconds until which the previous one signs too,
/// or `None` when there is no such webhook.
pub async fn rotate_secret(
    runtime: &Runtime,
    webhook: &WebhookId,
    secret: &str,
) -> Result<Option<u64>> {
    let mut until = None;
    for partition in runtime.partitions() {
        let script = script!("webhook/rotate_secret" {
            webhook,
            secret,
            overlap: OVERLAP_MS,
        });
        let key = keys::webhook_secrets(partition);
        if let Rotated::Rotated(ms) = script::run(runtime, &[key], script).await? {
            until = Some(ms);
        }
    }
    Ok(until)
}

/// The webhook with this id.
pub async fn find(runtime: &Runtime, webhook: &WebhookId) -> Result<Option<Subscription>> {
    // Every partition knows every webhook.
    let all = keys::webhooks(&runtime.partitions()[0]);
    let mut link = runtime.server().link();
    let found: Option<String> = read::field(&mut link, &all, webhook.as_str()).await?;
    Ok(found.as_deref().and_then(parse))
}

/// Every webhook, oldest first.
pub async fn list(runtime: &Runtime) -> Result<Vec<Subscription>> {
    let first = &runtime.partitions()[0];
    let mut all = super::subscribers(runtime, first).await?;
    all.sort_by(|one, two| one.id.cmp(&two.id));
    Ok(all)
}

pub(super) fn parse(text: &str) -> Option<Subscription> {
    serde_json::from_str(text).ok()
}
