//! API keys of accounts, and the signatures already used (replay protection).

use std::{collections::HashMap, time::Duration};

use contracts::CustomerId;
use sha2::{Digest, Sha256};
use streamward::{Runtime, clock};

use super::{Principal, digest, fields_of, person, place};
use crate::{Result, keys, millis::millis, scripts};

/// Maximum number of keys of one owner.
const MOST: usize = 100;

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public id.
    pub id: String,
    /// Owner at the time of creation.
    pub owner: Principal,
    /// Display name.
    pub name: String,
    /// Scopes of the API.
    pub scopes: Vec<String>,
    /// Creation time, Unix ms.
    pub created_ms: u64,
}

fn at<'a>(runtime: &'a Runtime, id: &str) -> &'a streamward::Partition {
    place(runtime, &digest(id))
}

fn list_of(runtime: &Runtime, owner: &CustomerId) -> String {
    let index = owner.partition(runtime.partition_count());
    keys::api_keys_of(&runtime.partitions()[usize::from(index)], owner)
}

/// Adds a key; false when its owner has too many.
///
/// # Errors
/// [`streamward::Error`].
pub async fn add_api_key(runtime: &Runtime, key: &ApiKey) -> Result<bool> {
    let mut link = runtime.server().link();
    let reply = scripts::ADD_API_KEY
        .call(&[list_of(runtime, &key.owner.customer_id)])
        .arg(&key.id)
        .arg(key.created_ms)
        .arg(MOST)
        .run(&mut link)
        .await?;
    match reply.tag() {
        "LISTED" => {}
        "FULL" => return Ok(false),
        _ => return Err(reply.unexpected()),
    }
    let mut set = redis::cmd("HSET");
    set.arg(keys::api_key(at(runtime, &key.id), &key.id));
    for (field, value) in fields_of(&key.owner) {
        set.arg(field).arg(value);
    }
    set.arg("label").arg(&key.name);
    set.arg("scopes").arg(key.scopes.join(" "));
    set.arg("created").arg(key.created_ms);
    set.query_async::<()>(&mut link).await?;
    Ok(true)
}

/// The key `id`, unless it was removed.
///
/// # Errors
/// [`streamward::Error`].
pub async fn find_api_key(runtime: &Runtime, id: &str) -> Result<Option<ApiKey>> {
    let mut get = redis::cmd("HGETALL");
    get.arg(keys::api_key(at(runtime, id), id));
    let fields: HashMap<String, String> = get.query_async(&mut runtime.server().link()).await?;
    Ok(read(id, &fields))
}

fn read(id: &str, fields: &HashMap<String, String>) -> Option<ApiKey> {
    let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
    Some(ApiKey {
        id: id.to_owned(),
        owner: person(fields)?,
        name: text("label"),
        scopes: text("scopes").split_whitespace().map(Into::into).collect(),
        created_ms: text("created").parse().ok()?,
    })
}

/// The keys of `owner`, the oldest first.
///
/// # Errors
/// [`streamward::Error`].
pub async fn api_keys_of(runtime: &Runtime, owner: &CustomerId) -> Result<Vec<ApiKey>> {
    let mut range = redis::cmd("ZRANGE");
    range.arg(list_of(runtime, owner)).arg(0).arg(-1);
    let ids: Vec<String> = range.query_async(&mut runtime.server().link()).await?;
    let mut found = Vec::with_capacity(ids.len());
    for id in &ids {
        found.extend(find_api_key(runtime, id).await?);
    }
    Ok(found)
}

/// Removes a key; later signatures are refused.
///
/// # Errors
/// [`streamward::Error`].
pub async fn remove_api_key(runtime: &Runtime, key: &ApiKey) -> Result<()> {
    let mut link = runtime.server().link();
    let mut delete = redis::cmd("DEL");
    delete.arg(keys::api_key(at(runtime, &key.id), &key.id));
    delete.query_async::<()>(&mut link).await?;
    let mut remove = redis::cmd("ZREM");
    remove
        .arg(list_of(runtime, &key.owner.customer_id))
        .arg(&key.id);
    Ok(remove.query_async(&mut link).await?)
}

/// Records a signature of the key `id`, whose digest is `mac`, that is valid until `until_s` (Unix
/// seconds); returns false for a replayed signature.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_signature(
    runtime: &Runtime,
    id: &str,
    mac: &[u8],
    until_s: u64,
) -> Result<bool> {
    let mut name = Sha256::new();
    name.update(id);
    name.update([0]);
    name.update(mac);
    let name = hex::encode(&name.finalize()[..16]);
    // A second more than it is good for: clocks are rounded.
    let left = until_s
        .saturating_mul(1000)
        .saturating_sub(clock::now_ms())
        .saturating_add(millis(Duration::from_secs(1)));
    let mut set = redis::cmd("SET");
    set.arg(keys::signature(place(runtime, &name), &name));
    set.arg("").arg("NX").arg("PX").arg(left);
    let kept: Option<String> = set.query_async(&mut runtime.server().link()).await?;
    Ok(kept.is_some())
}
