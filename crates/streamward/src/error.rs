//! Errors of the runtime and their classes: the one place that tells an outage from a bug.
//!
//! | [`Class`] | examples | reaction |
//! | --- | --- | --- |
//! | [`Class::Outage`] | no connection, a time-out, `LOADING`, `BUSY`, `READONLY`, `OOM`, `MISCONF`, `NOAUTH` | roles and followers wait; HTTP answers 503 |
//! | [`Class::LostRace`] | `NOGROUP`, `NOSCRIPT` | the same call again, after its premise is restored |
//! | [`Class::Refusal`] | a setting, a name that no key may contain | the caller changes its input |
//! | [`Class::Bug`] | `WRONGTYPE`, a script's error, a reply that its header does not promise | the role crashes, and its supervisor counts the restart |

use std::fmt;

use redis::{ErrorKind, RedisError, ServerError, Value};

/// An error of the runtime.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Redis refused a command or could not be reached.
    #[error("redis: {0}")]
    Redis(RedisFailure),
    /// The pool had no connection in time.
    #[error("redis pool: {problem}")]
    Pool {
        /// Problem as the pool reports it.
        problem: String,
    },
    /// Fewer replicas than wanted acknowledged a write in time. The write exists, and a failover may
    /// lose it.
    #[error("{reached} of {wanted} replicas acknowledged the write in time")]
    TooFewReplicas {
        /// Replicas that the durability asks for.
        wanted: u32,
        /// Replicas that acknowledged.
        reached: u32,
    },
    /// A script returned something that its header does not promise.
    #[error("script {script} answered {reply}, which its header does not promise")]
    Reply {
        /// Name of the script.
        script: &'static str,
        /// The reply.
        reply: String,
    },
    /// A message could not be packed.
    #[error("cannot pack {kind}: {cause}")]
    Pack {
        /// Type of the message.
        kind: &'static str,
        /// Cause as serde reports it.
        cause: String,
    },
    /// A setting of the server or of this process that would lose entries.
    #[error("setting {setting}: {problem}")]
    Server {
        /// The setting to change, as its owner spells it.
        setting: &'static str,
        /// Its value and what it must be.
        problem: String,
    },
    /// A part of a key contains a character that is not allowed.
    #[error(
        "{what} {value:?} cannot be part of a key: expected 1 to 128 characters without '{{', '}}', ':' or white space"
    )]
    KeyPart {
        /// Name of the part.
        what: &'static str,
        /// Its value.
        value: String,
    },
}

/// Words of a server that accepts no more connections.
const FULL_TABLE: &str = "max number of clients";
/// Keys that the error of a script names.
const MOST_KEYS: usize = 4;

/// Class of an error: what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A dependency is away, busy, full or not writable: the same call succeeds once it has recovered.
    Outage,
    /// Another process changed the premise of the call: the same call succeeds when it is repeated.
    LostRace,
    /// The input or a setting is not acceptable: another one may be.
    Refusal,
    /// The program, or data that it wrote, is wrong.
    Bug,
}

/// A failed Redis command or connection.
///
/// Hides the client library's error, so that an upgrade of the library breaks no caller. Names the
/// script that failed, and its keys.
pub struct RedisFailure {
    error: RedisError,
    call: Option<String>,
}

impl RedisFailure {
    /// The failure of `error` in a call of a script on these keys.
    pub(crate) fn of_script(error: RedisError, script: &str, keys: &[String]) -> Self {
        let shown = keys.iter().take(MOST_KEYS).map(String::as_str);
        let mut call = format!("{script} on {}", shown.collect::<Vec<_>>().join(", "));
        if keys.len() > MOST_KEYS {
            call.push_str(", ..");
        }
        Self {
            error,
            call: Some(call),
        }
    }

    /// The first word of the server's error, for example `WRONGTYPE`; `AUTH` for a refused user or
    /// password, `MAXCLIENTS` for a full table of clients, `None` for a failure of the connection. Of a
    /// pipeline, that of its first failed command.
    pub fn code(&self) -> Option<String> {
        Some(refusal_of(&self.error)?.0)
    }

    pub(crate) fn recovery(&self) -> Recovery {
        recovery_for(&self.error)
    }
}

impl fmt::Display for RedisFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = &self.call {
            write!(f, "{call}: ")?;
        }
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Debug for RedisFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RedisFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        Self::Redis(RedisFailure { error, call: None })
    }
}

/// Recovery from a Redis error; its class follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Dial again: the connection is broken or not authenticated, its server is no longer the master,
    /// or an abandoned blocking read may still hang on it.
    Redial,
    /// Try again later: the server is busy, full or not writable.
    Wait,
    /// Create the stream and its group again.
    RecreateGroup,
    /// Repeat the call: the scripts were flushed between its two commands.
    Repeat,
    /// Another setting: the URL is wrong.
    Change,
    /// None: the command itself is wrong.
    Report,
}

impl Recovery {
    pub(crate) const fn class(self) -> Class {
        match self {
            Self::Redial | Self::Wait => Class::Outage,
            Self::RecreateGroup | Self::Repeat => Class::LostRace,
            Self::Change => Class::Refusal,
            Self::Report => Class::Bug,
        }
    }
}

/// Returns the recovery that fits `error`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds are an open set; errors of other kinds are reported"
)]
pub(crate) fn recovery_for(error: &RedisError) -> Recovery {
    let kind = error.kind();
    match error.clone().into_server_errors() {
        Some(replies) if !replies.is_empty() => {
            let recovery = |(_, reply): &(usize, ServerError)| recovery_for_reply(reply);
            // One command of the pipeline that is wrong stays wrong.
            let all: Vec<Recovery> = replies.iter().map(recovery).collect();
            let wrong = all.iter().find(|one| one.class() == Class::Bug);
            *wrong.unwrap_or(&all[0])
        }
        // A transaction that was discarded without a reason: by a failover, or a full server.
        Some(_) => Recovery::Wait,
        None => match kind {
            ErrorKind::Io | ErrorKind::AuthenticationFailed => Recovery::Redial,
            ErrorKind::InvalidClientConfig => Recovery::Change,
            // The library's own words for a refused connection.
            ErrorKind::Server(_) => recovery_for_text(&error.to_string()),
            _ => Recovery::Report,
        },
    }
}

/// Returns code and text of the server's refusal; `None` for a failure of the connection.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds are an open set; other ones are no words of the server"
)]
pub(crate) fn refusal_of(error: &RedisError) -> Option<(String, String)> {
    if let Some(replies) = error.clone().into_server_errors() {
        let (_, first) = replies.first()?;
        let details = first.details().unwrap_or_default().to_owned();
        return Some((first.code().to_owned(), details));
    }
    // The library replaces the server's words when it dials.
    match error.kind() {
        ErrorKind::AuthenticationFailed => {
            Some(("AUTH".to_owned(), "user or password is wrong".to_owned()))
        }
        ErrorKind::Server(_) if error.to_string().contains(FULL_TABLE) => {
            Some(("MAXCLIENTS".to_owned(), FULL_TABLE.to_owned()))
        }
        _ => None,
    }
}

/// Returns the recovery that fits an error that the server replied.
pub(crate) fn recovery_for_reply(reply: &ServerError) -> Recovery {
    match reply.code() {
        "ERR" => recovery_for_text(reply.details().unwrap_or_default()),
        "EXECABORT" => Recovery::Wait,
        code => recovery_for_code(code).unwrap_or(Recovery::Report),
    }
}

fn recovery_for_code(code: &str) -> Option<Recovery> {
    Some(match code {
        // UNBLOCKED: the key was deleted under a blocked reader, or the instance changed its role.
        "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" | "UNBLOCKED" | "NOAUTH" | "WRONGPASS" => {
            Recovery::Redial
        }
        "LOADING" | "BUSY" | "TRYAGAIN" | "OOM" | "MISCONF" | "NOREPLICAS" | "NOPERM"
        | "DENIED" => Recovery::Wait,
        "NOGROUP" => Recovery::RecreateGroup,
        "NOSCRIPT" => Recovery::Repeat,
        _ => return None,
    })
}

/// Returns the recovery that fits the text of an error without a code of its own.
fn recovery_for_text(text: &str) -> Recovery {
    if text.contains(FULL_TABLE) {
        return Recovery::Redial;
    }
    // An operator ends a BUSY script, or has not granted a right yet.
    let by_operators = ["cript killed by user", "user executing the script can't"];
    if by_operators.iter().any(|words| text.contains(words)) {
        return Recovery::Wait;
    }
    // XINFO reports a missing stream so.
    if text.contains("no such key") {
        return Recovery::RecreateGroup;
    }
    // Older servers put the code of an error in a script behind its place.
    let mut words = text
        .split([' ', ':'])
        .map(|word| word.trim_start_matches('-'));
    words
        .find_map(recovery_for_code)
        .unwrap_or(Recovery::Report)
}

/// Returns the first error among the replies of a command or pipeline.
pub(crate) fn replied_error(replies: &[Value]) -> Option<&ServerError> {
    replies.iter().find_map(|reply| {
        if let Value::ServerError(error) = reply {
            Some(error)
        } else {
            None
        }
    })
}

impl Error {
    pub(crate) fn setting(setting: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::Server { setting, problem }
    }

    /// The class of this error.
    pub fn class(&self) -> Class {
        match self {
            Self::Redis(failure) => failure.recovery().class(),
            Self::Pool { .. } | Self::TooFewReplicas { .. } => Class::Outage,
            Self::Server { .. } | Self::KeyPart { .. } => Class::Refusal,
            Self::Reply { .. } | Self::Pack { .. } => Class::Bug,
        }
    }

    /// Whether the same call may succeed later without any change.
    pub fn passes(&self) -> bool {
        match self.class() {
            Class::Outage | Class::LostRace => true,
            Class::Refusal | Class::Bug => false,
        }
    }
}

/// Result of a call of the runtime.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests;
