//! Errors of the runtime, sorted by what can be done about them.

use std::fmt;

use redis::{ErrorKind, RedisError, ServerErrorKind};

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

/// A failed Redis command or connection.
///
/// Hides the client library's error, so that an upgrade of the library breaks no caller.
pub struct RedisFailure(RedisError);

impl RedisFailure {
    /// The first word of the server's error, for example `WRONGTYPE`; `None` for a failure of the
    /// connection.
    pub fn code(&self) -> Option<&str> {
        self.0.code()
    }

    pub(crate) fn recovery(&self) -> Recovery {
        recovery_for(&self.0)
    }
}

impl fmt::Display for RedisFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RedisFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for RedisFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        Self::Redis(RedisFailure(error))
    }
}

/// Recovery from a Redis error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Dial again: the connection is broken, its server is no longer the master, or an abandoned
    /// blocking read may still hang on it.
    Redial,
    /// Create the stream and its group again.
    RecreateGroup,
    /// Try again later: the server is busy.
    Wait,
    /// None: the command itself is wrong.
    Report,
}

/// Returns the recovery that fits `error`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds are an open set; errors of other kinds are reported"
)]
pub(crate) fn recovery_for(error: &RedisError) -> Recovery {
    match error.code() {
        Some("NOGROUP") => return Recovery::RecreateGroup,
        // The key was deleted under a blocked reader, or the instance changed its role.
        Some("UNBLOCKED") => return Recovery::Redial,
        _ => {}
    }
    match error.kind() {
        ErrorKind::Server(
            ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::ClusterDown,
        ) => Recovery::Redial,
        ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::TryAgain) => {
            Recovery::Wait
        }
        _ if error.is_io_error() || error.is_timeout() || error.is_connection_dropped() => {
            Recovery::Redial
        }
        // Inside a script the code is not the first word; XINFO reports a missing key.
        _ if ["NOGROUP", "no such key"]
            .iter()
            .any(|words| error.to_string().contains(words)) =>
        {
            Recovery::RecreateGroup
        }
        _ => Recovery::Report,
    }
}

impl Error {
    pub(crate) fn setting(setting: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::Server { setting, problem }
    }

    /// Whether the same call may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Redis(failure) => failure.recovery() != Recovery::Report,
            Self::Pool { .. } => true,
            Self::Reply { .. } | Self::Pack { .. } | Self::Server { .. } | Self::KeyPart { .. } => {
                false
            }
        }
    }
}

/// Result of a call of the runtime.
pub type Result<T, E = Error> = std::result::Result<T, E>;
