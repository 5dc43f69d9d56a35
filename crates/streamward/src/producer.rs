//! Writes a single entry outside any step script.

use serde::Serialize;

use crate::{
    entry::{Envelope, pack},
    error::Result,
    message::Message,
    server::SharedConnection,
    trace::TraceParent,
};

/// Appends a message, caused by `cause`, to `stream` and returns the entry's id.
///
/// A call that timed out may have written: what reads the stream must be idempotent.
///
/// # Errors
/// [`crate::Error::Pack`] or [`crate::Error::Redis`].
pub async fn send<M: Message>(
    link: &mut SharedConnection,
    stream: &str,
    key: &str,
    cause: TraceParent,
    message: &M,
) -> Result<String> {
    let envelope = Envelope::next(cause);
    publish(link, stream, (M::KIND, M::VERSION), key, &envelope, message).await
}

/// Appends a message of any type to `stream` and returns the entry's id.
///
/// A call that timed out may have written: what reads the stream must be idempotent.
///
/// # Errors
/// [`crate::Error::Pack`] or [`crate::Error::Redis`].
pub async fn publish<T: Serialize + Sync>(
    link: &mut SharedConnection,
    stream: &str,
    (kind, version): (&'static str, u32),
    key: &str,
    envelope: &Envelope,
    message: &T,
) -> Result<String> {
    let data = pack(kind, message)?;
    let mut add = redis::cmd("XADD");
    add.arg(stream)
        .arg("*")
        .arg("type")
        .arg(kind)
        .arg("v")
        .arg(version);
    add.arg("id")
        .arg(&envelope.id)
        .arg("key")
        .arg(key)
        .arg("at")
        .arg(&envelope.at);
    add.arg("tp").arg(&envelope.tp).arg("data").arg(data);
    Ok(add.query_async(link).await?)
}
