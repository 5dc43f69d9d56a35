//! Sessions: the principal of a token and its validity.
//!
//! A session is stored under the digest of its token, and the digest in a list of its account. Its token
//! is given out after both writes: a crash in between leaves an unusable session.

use std::time::Duration;

use streamward::{Runtime, clock};

use super::{Principal, User, digest, fields_of, principal};
use crate::{
    Result, keys,
    read::{self, Fields},
    script::{self, millis},
};

/// Sessions of one account; the oldest ones make room.
const MOST: usize = 1000;

/// Options of a new session.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    /// Maximum idle time.
    pub idle: Duration,
    /// Maximum lifetime.
    pub life: Duration,
    /// A browser keeps its token in a cookie.
    pub cookie: bool,
}

/// A valid session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The principal its token authenticates.
    pub principal: Principal,
    /// The digest of its token.
    pub id: String,
    /// A browser keeps its token in a cookie.
    pub cookie: bool,
    /// Creation time, Unix ms.
    pub opened_ms: u64,
    /// Time of the last recorded use, Unix ms.
    pub seen_ms: u64,
    /// Latest end, Unix ms.
    pub ends_ms: u64,
    /// Maximum idle time, in ms.
    pub idle_ms: u64,
}

impl Session {
    /// Returns the time at which it expires unless it is used, Unix ms.
    pub fn expires_ms(&self) -> u64 {
        self.seen_ms.saturating_add(self.idle_ms).min(self.ends_ms)
    }
}

/// Writes a session of `user` under `token`, of which only the digest is kept, and answers the digest.
pub async fn start_session(
    runtime: &Runtime,
    token: &str,
    user: &User,
    opening: SessionOptions,
) -> Result<String> {
    let id = digest(token);
    let key = key_of(runtime, &id);
    let now = clock::now_ms();
    let mut pipe = redis::pipe();
    pipe.atomic().cmd("HSET").arg(&key);
    for (field, value) in fields_of(&user.into()) {
        pipe.arg(field).arg(value);
    }
    pipe.arg("cookie").arg(u8::from(opening.cookie));
    pipe.arg("opened").arg(now).arg("seen").arg(now);
    pipe.arg("ends")
        .arg(now.saturating_add(millis(opening.life)));
    pipe.arg("idle").arg(millis(opening.idle));
    pipe.ignore().cmd("PEXPIRE").arg(&key);
    pipe.arg(millis(opening.idle.min(opening.life))).ignore();
    pipe.query_async::<()>(&mut runtime.server().link()).await?;
    Ok(id)
}

replies! {
    pub(crate) Admitted {
        /// Admitted; these sessions make room.
        Admitted(Vec<String>) = "ADMITTED",
        Stale = "STALE",
    }
}

/// Enters the session `id` into the account of `user`, whose password hash is the one that the login was
/// checked against. False when the password was changed meanwhile: then the session is closed.
pub async fn admit_session(
    runtime: &Runtime,
    user: &User,
    id: &str,
    life: Duration,
) -> Result<bool> {
    let account = digest(&user.email);
    let at = keys::home(runtime, &account);
    let now = clock::now_ms();
    let keys = [keys::user(at, &account), keys::sessions_of(at, &account)];
    let script = script!("account/admit_session" {
        password: &user.password_hash,
        session: id,
        ends: now.saturating_add(millis(life)),
        now,
        most: MOST,
    });
    let (admitted, over) = match script::run(runtime, &keys, script).await? {
        Admitted::Admitted(over) => (true, over),
        Admitted::Stale => (false, vec![id.to_owned()]),
    };
    delete(runtime, &over).await?;
    Ok(admitted)
}

/// Opens a session of `user` that is in no list and does not end for being idle: for machines.
pub async fn open_session(
    runtime: &Runtime,
    token: &str,
    user: &User,
    ttl: Duration,
) -> Result<()> {
    let opening = SessionOptions {
        idle: ttl,
        life: ttl,
        cookie: false,
    };
    start_session(runtime, token, user, opening).await.map(drop)
}

/// The session of `token`, while it lasts.
pub async fn find_session(runtime: &Runtime, token: &str) -> Result<Option<Session>> {
    session(runtime, digest(token)).await
}

async fn session(runtime: &Runtime, id: String) -> Result<Option<Session>> {
    let fields = read::hash(&mut runtime.server().link(), &key_of(runtime, &id)).await?;
    Ok(read(id, &fields))
}

fn key_of(runtime: &Runtime, id: &str) -> String {
    keys::session(keys::home(runtime, id), id)
}

fn read(id: String, fields: &Fields) -> Option<Session> {
    Some(Session {
        principal: principal(fields)?,
        id,
        cookie: fields.get("cookie") == Some("1"),
        opened_ms: fields.number("opened"),
        seen_ms: fields.number("seen"),
        ends_ms: fields.number("ends"),
        idle_ms: fields.number("idle"),
    })
}

/// Returns the principal of a valid session token.
pub async fn find_principal(runtime: &Runtime, token: &str) -> Result<Option<Principal>> {
    Ok(find_session(runtime, token)
        .await?
        .map(|session| session.principal))
}

/// Extends the session by its idle time, never past its end.
pub async fn renew_session(runtime: &Runtime, session: &Session) -> Result<()> {
    let now = clock::now_ms();
    let left = session.idle_ms.min(session.ends_ms.saturating_sub(now));
    let key = key_of(runtime, &session.id);
    script::run(
        runtime,
        &[key],
        script!("account/renew_session" { now, left }),
    )
    .await
}

/// The sessions of the account of `email` that last, the newest first.
pub async fn sessions_of(runtime: &Runtime, email: &str) -> Result<Vec<Session>> {
    let ids = listed(runtime, email).await?;
    let mut sessions = Vec::with_capacity(ids.len());
    for id in ids {
        sessions.extend(session(runtime, id).await?);
    }
    sessions.sort_by_key(|session| std::cmp::Reverse(session.opened_ms));
    Ok(sessions)
}

async fn listed(runtime: &Runtime, email: &str) -> Result<Vec<String>> {
    let account = digest(email);
    let mut range = redis::cmd("ZRANGE");
    range
        .arg(keys::sessions_of(keys::home(runtime, &account), &account))
        .arg(0)
        .arg(-1);
    Ok(range.query_async(&mut runtime.server().link()).await?)
}

/// Ends the session of `token`.
pub async fn close_session(runtime: &Runtime, token: &str) -> Result<()> {
    delete(runtime, &[digest(token)]).await
}

/// Ends all sessions of the account of `email`, except the one with the digest `keep`.
///
/// # Errors
/// [`streamward::Error`]; called again it ends what is left.
pub async fn close_sessions(runtime: &Runtime, email: &str, keep: Option<&str>) -> Result<()> {
    let ids = listed(runtime, email).await?;
    close_digests(runtime, email, ids, keep).await
}

/// Ends those of the account's sessions `ids` that are not `keep`.
pub async fn close_digests(
    runtime: &Runtime,
    email: &str,
    mut ids: Vec<String>,
    keep: Option<&str>,
) -> Result<()> {
    ids.retain(|id| Some(id.as_str()) != keep);
    if ids.is_empty() {
        return Ok(());
    }
    // The list goes last, so that a repeated call finds the sessions that a crash left.
    delete(runtime, &ids).await?;
    let account = digest(email);
    let mut remove = redis::cmd("ZREM");
    remove
        .arg(keys::sessions_of(keys::home(runtime, &account), &account))
        .arg(&ids);
    Ok(remove.query_async(&mut runtime.server().link()).await?)
}

async fn delete(runtime: &Runtime, ids: &[String]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut pipe = redis::pipe();
    for id in ids {
        pipe.cmd("DEL").arg(key_of(runtime, id)).ignore();
    }
    Ok(pipe.query_async(&mut runtime.server().link()).await?)
}
