//! Password hashes: argon2id, few at a time.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::spawn_blocking,
};

/// One hash takes 19 MiB and tens of milliseconds of a core: more at once would starve the orders.
static TURNS: Semaphore = Semaphore::const_new(2);
/// Requests that may wait for a turn; the next one is better told to come back.
static QUEUE: Semaphore = Semaphore::const_new(64);

/// A password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub struct PasswordError(String);

impl PasswordError {
    fn new(cause: impl ToString) -> Self {
        Self(cause.to_string())
    }
}

/// A place in the queue for hashing, or `None` when it is full.
pub(crate) fn queue() -> Option<SemaphorePermit<'static>> {
    QUEUE.try_acquire().ok()
}

/// The argon2id hash of `password` in PHC form, with a random salt.
///
/// # Errors
/// [`PasswordError`], in practice only when the process has no randomness or is shutting down.
pub async fn hash_password(password: String) -> Result<String, PasswordError> {
    in_turn(move || {
        let hash = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string())
            .map_err(PasswordError::new)
    })
    .await
}

/// Whether `password` is the one behind `hash`.
pub(crate) async fn verify(password: String, hash: String) -> Result<bool, PasswordError> {
    in_turn(move || {
        let Ok(hash) = PasswordHash::new(&hash) else {
            return Ok(false);
        };
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok())
    })
    .await
}

/// The hash of a password nobody knows; checking against it takes as long as a real check.
pub(crate) async fn decoy() -> String {
    // Without a decoy unknown users are told apart by time; that is no reason not to start.
    hash_password(hex::encode(rand::random::<[u8; 16]>()))
        .await
        .unwrap_or_default()
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, PasswordError> {
    let turn = TURNS.acquire().await.map_err(PasswordError::new)?;
    // The turn goes along: an abandoned request still keeps a core busy until it is done.
    let work = move || {
        let _turn = turn;
        work()
    };
    spawn_blocking(work).await.map_err(PasswordError::new)?
}
