//! A secret that all API processes of a shop know.

use streamward::Runtime;

use crate::{Result, keys};

/// The secret kept in Redis; `fresh` becomes it when there is none.
///
/// # Errors
/// [`streamward::Error`].
pub async fn shared_secret(runtime: &Runtime, fresh: &str) -> Result<String> {
    let key = keys::edge_secret(&runtime.partitions()[0]);
    let mut pipe = redis::pipe();
    pipe.cmd("SET").arg(&key).arg(fresh).arg("NX").ignore();
    pipe.cmd("GET").arg(&key);
    let (kept,): (String,) = pipe.query_async(&mut runtime.server().link()).await?;
    Ok(kept)
}
