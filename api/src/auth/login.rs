//! Checking passwords, and keeping guessers away from it.
//!
//! Wrong passwords are counted per account - whether there is one or not - and per address, in quotas that
//! all API processes share. When one is used up nothing is hashed any more: right and wrong passwords, known
//! and unknown accounts are refused alike. Sessions that exist are not touched by it, so that nobody can be
//! locked out of a shop they are in. What is being hashed at the moment a quota runs out is still answered:
//! a process checks at most as many passwords beyond it as its queue is long.

use store::account::{self, User};

use crate::{
    Api,
    metrics::{self, Limited, Login},
    problem::{Problem, kinds},
    rate_limit::limiter::Standing,
};

/// A guess at the password of `email`.
pub(crate) struct Guess<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: String,
    /// What wrong ones are counted under.
    pub(crate) counted: &'a str,
    /// Where it comes from.
    pub(crate) address: &'a str,
}

/// The account whose password was guessed.
pub(crate) async fn check(api: &Api, guess: Guess<'_>) -> Result<User, Problem> {
    let Guess {
        email,
        password,
        counted,
        address,
    } = guess;
    let limits = &api.settings().limits;
    let (by_account, by_address) = (limits.account_failures(), limits.address_failures());
    let (limiter, runtime) = (api.limiter(), api.runtime());
    let (one, other) = tokio::join!(
        limiter.look(&by_account, counted),
        limiter.look(&by_address, address)
    );
    for (standing, policy) in [(one, &by_account), (other, &by_address)] {
        if let Standing::Over(wait) = standing {
            metrics::login(Login::Locked);
            metrics::limited(policy.name, Limited::Refused);
            return Err(Problem::over_limit(policy.name, wait));
        }
    }
    let _place = api.hasher().queue().ok_or_else(busy)?;
    let user = account::find(runtime, email).await?;
    // An unknown user costs the same check, so that nobody learns by the clock who has an account.
    let hash = user
        .as_ref()
        .map_or(api.decoy(), |user| &user.password_hash);
    let matches = api.hasher().verify(password, hash.to_owned()).await?;
    if let Some(user) = user.filter(|_| matches) {
        return Ok(user);
    }
    tokio::join!(
        limiter.charge(&by_account, counted),
        limiter.charge(&by_address, address)
    );
    metrics::login(Login::Wrong);
    Err(wrong())
}

/// Too many passwords wait to be hashed.
pub(crate) fn busy() -> Problem {
    metrics::login(Login::Busy);
    Problem::unavailable("too many passwords wait to be checked").expected()
}

/// The one answer to whatever is wrong with a login.
pub(crate) fn wrong() -> Problem {
    Problem::new(&kinds::INVALID_CREDENTIALS)
}
