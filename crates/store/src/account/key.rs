//! API keys of accounts, and the signatures already used (replay protection).

use contracts::CustomerId;
use streamward::{Runtime, clock};

use super::{Principal, digest, fields_of, principal};
use crate::{
    Result, keys,
    read::{self, Fields},
    script,
};

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

fn key_of(runtime: &Runtime, id: &str) -> String {
    keys::api_key(keys::home(runtime, &digest(id)), id)
}

fn list_of(runtime: &Runtime, owner: &CustomerId) -> String {
    keys::api_keys_of(keys::home(runtime, owner.as_str()), owner)
}

/// Adds a key; returns false when its owner has too many.
pub async fn add_api_key(runtime: &Runtime, key: &ApiKey) -> Result<bool> {
    let list = list_of(runtime, &key.owner.customer_id);
    let script = script!("account/add_api_key" {
        key: &key.id,
        now: key.created_ms,
        most: MOST,
    });
    if !script::run(runtime, &[list], script).await? {
        return Ok(false);
    }
    let mut set = redis::cmd("HSET");
    set.arg(key_of(runtime, &key.id));
    for (field, value) in fields_of(&key.owner) {
        set.arg(field).arg(value);
    }
    set.arg("label").arg(&key.name);
    set.arg("scopes").arg(key.scopes.join(" "));
    set.arg("created").arg(key.created_ms);
    set.query_async::<()>(&mut runtime.server().link()).await?;
    Ok(true)
}

/// The key `id`, unless it was removed.
pub async fn find_api_key(runtime: &Runtime, id: &str) -> Result<Option<ApiKey>> {
    let fields = read::hash(&mut runtime.server().link(), &key_of(runtime, id)).await?;
    Ok(read(id, &fields))
}

fn read(id: &str, fields: &Fields) -> Option<ApiKey> {
    let scopes = fields.text("scopes");
    Some(ApiKey {
        id: id.to_owned(),
        owner: principal(fields)?,
        name: fields.text("label"),
        scopes: scopes.split_whitespace().map(Into::into).collect(),
        created_ms: fields.parse("created")?,
    })
}

/// The keys of `owner`, the oldest first.
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
pub async fn remove_api_key(runtime: &Runtime, key: &ApiKey) -> Result<()> {
    let mut link = runtime.server().link();
    let mut delete = redis::cmd("DEL");
    delete.arg(key_of(runtime, &key.id));
    delete.query_async::<()>(&mut link).await?;
    let mut remove = redis::cmd("ZREM");
    remove
        .arg(list_of(runtime, &key.owner.customer_id))
        .arg(&key.id);
    Ok(remove.query_async(&mut link).await?)
}

/// Records a signature of the key `id`, whose digest is `mac`, that is valid until `until_s` (Unix
/// seconds); returns false for a replayed signature.
pub async fn record_signature(
    runtime: &Runtime,
    id: &str,
    mac: &[u8],
    until_s: u64,
) -> Result<bool> {
    let name = keys::digest(&[id.as_bytes(), mac]);
    // A second longer than it is valid, because clocks are rounded.
    let left = until_s
        .saturating_mul(1000)
        .saturating_sub(clock::local_ms())
        .saturating_add(1000);
    let mut set = redis::cmd("SET");
    set.arg(keys::signature(keys::home(runtime, &name), &name));
    set.arg("").arg("NX").arg("PX").arg(left);
    let kept: Option<String> = set.query_async(&mut runtime.server().link()).await?;
    Ok(kept.is_some())
}
