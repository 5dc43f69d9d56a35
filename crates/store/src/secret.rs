//! The secret that all API processes of a shop share.

use streamward::Runtime;

use crate::{Result, keys};

/// Returns the stored secret; stores `fresh` when there is none.
pub async fn shared_secret(runtime: &Runtime, fresh: &str) -> Result<String> {
    let key = keys::shop_secret(&runtime.partitions()[0]);
    let mut pipe = redis::pipe();
    pipe.cmd("SET").arg(&key).arg(fresh).arg("NX").ignore();
    pipe.cmd("GET").arg(&key);
    let (kept,): (String,) = pipe.query_async(&mut runtime.server().link()).await?;
    Ok(kept)
}
