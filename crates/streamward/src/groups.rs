//! Creates consumer groups.

use redis::aio::ConnectionLike;

use crate::error::Result;

/// Makes sure that `group` exists on every one of `streams`, which are created when missing.
///
/// A new group starts at the beginning: starting at the end would drop what was written before.
///
/// # Errors
/// [`crate::Error::Redis`] when the server refuses for any reason but that the group exists.
pub async fn ensure<S: AsRef<str> + Sync>(
    link: &mut (impl ConnectionLike + Send),
    group: &str,
    streams: &[S],
) -> Result<()> {
    for stream in streams {
        let mut create = redis::cmd("XGROUP");
        create
            .arg("CREATE")
            .arg(stream.as_ref())
            .arg(group)
            .arg("0")
            .arg("MKSTREAM");
        match create.query_async::<()>(link).await {
            Err(error) if error.code() != Some("BUSYGROUP") => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
