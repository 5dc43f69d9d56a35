//! Links that set a forgotten password: requested by the API, mailed by the notification service, redeemed once.
//!
//! A token exists in its mail alone. Redis keeps its digest, with the account and the version of the password that it may
//! replace, for [`VALID`]: a change of the password voids every link.

use std::time::Duration;

use contracts::{
    Service,
    event::{Message, PasswordResetRequested},
};
use streamward::{Envelope, Runtime, TraceParent, publish};

use crate::{
    Result,
    account::{User, digest},
    keys,
};

/// Lifetime of a link.
pub const VALID: Duration = Duration::from_secs(1800);
const TOKEN: &str = "rt_";

/// The account behind a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// Its mail address.
    pub email: String,
    /// The version of its password that may be replaced.
    pub password_version: String,
}

/// Requests the mail with a link to `page` for an account.
pub async fn request_password_reset(
    runtime: &Runtime,
    user: &User,
    page: String,
    trace: TraceParent,
) -> Result<()> {
    let request = PasswordResetRequested {
        customer_id: user.customer_id.clone(),
        email: user.email.clone(),
        name: user.name.clone(),
        password_version: user.password_version(),
        page,
    };
    let partition = keys::home(runtime, &digest(&user.email));
    let inbox = partition.inbox(Service::Notification.name());
    let kind = (
        PasswordResetRequested::KIND,
        PasswordResetRequested::VERSION,
    );
    let (mut link, envelope) = (runtime.server().link(), Envelope::next(trace));
    let customer = user.customer_id.as_str();
    publish(&mut link, &inbox, kind, customer, &envelope, &request).await?;
    Ok(())
}

/// Makes a token for a request and keeps its digest.
pub async fn issue_token(runtime: &Runtime, request: &PasswordResetRequested) -> Result<String> {
    let token = format!("{TOKEN}{}", hex::encode(rand::random::<[u8; 32]>()));
    let text = format!("{} {}", request.password_version, request.email);
    let mut set = redis::cmd("SET");
    set.arg(key(runtime, &token)).arg(text);
    set.arg("EX").arg(VALID.as_secs());
    set.query_async::<()>(&mut runtime.server().link()).await?;
    Ok(token)
}

/// Takes the account behind a token, which is void from then on. `None` for a token that is unknown, used or expired.
pub async fn redeem_token(runtime: &Runtime, token: &str) -> Result<Option<PasswordReset>> {
    if !is_token(token) {
        return Ok(None);
    }
    let mut take = redis::cmd("GETDEL");
    take.arg(key(runtime, token));
    let found: Option<String> = take.query_async(&mut runtime.server().link()).await?;
    let (version, email) = found
        .as_deref()
        .and_then(|text| text.split_once(' '))
        .unzip();
    Ok(email.zip(version).map(|(email, version)| PasswordReset {
        email: email.to_owned(),
        password_version: version.to_owned(),
    }))
}

/// Returns whether a text has the shape of a token; Redis is not queried for anything else.
fn is_token(text: &str) -> bool {
    let digits = text.strip_prefix(TOKEN).unwrap_or_default();
    digits.len() == 64
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn key(runtime: &Runtime, token: &str) -> String {
    let digest = digest(token);
    keys::password_reset(keys::home(runtime, &digest), &digest)
}
