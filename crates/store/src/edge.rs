//! What the API processes share at the edge: quotas, answers by idempotency key, and a secret.

mod once;
mod quota;
mod secret;

pub use once::{Answer, Claim, ONCE_LEASE, claim, finish, release};
pub use quota::{Policy, Taken, take};
pub use secret::shared_secret;
