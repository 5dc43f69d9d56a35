//! Changing a password.

use streamward::Runtime;

use super::{User, close_digests, close_sessions, digest};
use crate::{Result, keys, script};

replies! {
    pub(crate) Changed {
        /// Changed; these sessions were opened before.
        Changed(Vec<String>) = "CHANGED",
        Stale = "STALE",
    }
}

/// Replaces the password of `user`, found with its old hash, and ends its sessions except `keep`. Returns false
/// when the password changed concurrently.
pub async fn change_password(
    runtime: &Runtime,
    user: &User,
    new_hash: &str,
    keep: Option<&str>,
) -> Result<bool> {
    // Sessions are closed first: a crash right after the change leaves only those opened meanwhile.
    close_sessions(runtime, &user.email, keep).await?;
    let account = digest(&user.email);
    let at = keys::home(runtime, &account);
    let keys = [keys::user(at, &account), keys::sessions_of(at, &account)];
    let script = script!("account/change_password" {
        old: &user.password_hash,
        new: new_hash,
    });
    match script::run(runtime, &keys, script).await? {
        Changed::Changed(opened) => {
            close_digests(runtime, &user.email, opened, keep).await?;
            Ok(true)
        }
        Changed::Stale => Ok(false),
    }
}
