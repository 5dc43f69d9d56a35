//! Changing a password.

use streamward::Runtime;

use super::{User, close_digests, close_sessions, digest, place};
use crate::{Result, keys, scripts};

/// Result of a password change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The password is the new one, and no session that was opened with the old one is left.
    Changed,
    /// The password changed concurrently.
    Stale,
}

/// Replaces the password of `user`, found with its old hash, and ends its sessions except `keep`.
///
/// # Errors
/// [`streamward::Error`].
pub async fn change_password(
    runtime: &Runtime,
    user: &User,
    new_hash: &str,
    keep: Option<&str>,
) -> Result<Change> {
    // What can be closed before is: a crash right behind the change then leaves only sessions that
    // were opened in this very moment.
    close_sessions(runtime, &user.email, keep).await?;
    let account = digest(&user.email);
    let at = place(runtime, &account);
    let mut reply = scripts::CHANGE_PASSWORD
        .call(&[keys::user(at, &account), keys::sessions_of(at, &account)])
        .arg(&user.password_hash)
        .arg(new_hash)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "CHANGED" => {
            let opened: Vec<String> = reply.take()?;
            close_digests(runtime, &user.email, opened, keep).await?;
            Ok(Change::Changed)
        }
        "STALE" => Ok(Change::Stale),
        _ => Err(reply.unexpected()),
    }
}
