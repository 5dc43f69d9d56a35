//! Password checks, rate-limited against guessing.
//!
//! Wrong passwords are counted per account, existing or not, and per address, in quotas that all API processes
//! share. When a quota is used up, no password is hashed any more: right and wrong passwords, known and unknown
//! accounts are refused alike. Open sessions are not affected, so that a guesser cannot lock users out. Checks that
//! are in progress when a quota runs out still finish: a process checks at most as many passwords beyond the quota as
//! its queue is long.

use store::account::{self, User};

use crate::{
    Api,
    metrics::{self, Limited, Login},
    problem::{Problem, kinds},
    rate_limit::limiter::Standing,
};

/// A password to check.
pub(crate) struct Guess<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: String,
    /// The quota that a wrong password counts against.
    pub(crate) counted: &'a str,
    /// The client address.
    pub(crate) address: &'a str,
}

/// Returns the account if the password is right.
pub(crate) async fn check(api: &Api, guess: Guess<'_>) -> Result<User, Problem> {
    let limits = &api.settings.limits;
    let (by_account, by_address) = (limits.account_failures(), limits.address_failures());
    let limiter = &api.limiter;
    let (account, address) = tokio::join!(
        limiter.look(&by_account, guess.counted),
        limiter.look(&by_address, guess.address)
    );
    for (standing, policy) in [(account, &by_account), (address, &by_address)] {
        if let Standing::Over(wait) = standing {
            metrics::login(Login::Locked);
            metrics::limited(policy.name, Limited::Refused);
            return Err(Problem::over_limit(policy.name, wait));
        }
    }
    let _place = api.hasher.queue().ok_or_else(busy)?;
    let user = account::find(&api.runtime, guess.email).await?;
    // An unknown account costs a check as well: response times do not reveal which accounts exist.
    let hash = user.as_ref().map_or(&api.decoy, |user| &user.password_hash);
    let matches = api.hasher.verify(guess.password, hash.to_owned()).await?;
    if let Some(user) = user.filter(|_| matches) {
        return Ok(user);
    }
    tokio::join!(
        limiter.charge(&by_account, guess.counted),
        limiter.charge(&by_address, guess.address)
    );
    metrics::login(Login::Wrong);
    Err(wrong())
}

/// Returns the problem of a full queue of passwords.
pub(crate) fn busy() -> Problem {
    metrics::login(Login::Busy);
    Problem::unavailable("too many passwords wait to be checked").expected()
}

/// Returns the one problem of every failed login.
pub(crate) fn wrong() -> Problem {
    Problem::new(&kinds::INVALID_CREDENTIALS)
}
