//! What can go wrong between this process and Redis, sorted by what to do about it.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// An error of the runtime.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Redis refused a command or could not be reached.
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    /// No connection could be had from the pool.
    #[error("redis pool: {0}")]
    Pool(#[from] deadpool_redis::PoolError),
    /// A script answered something its header does not promise.
    #[error("script {script} answered {reply}, which its header does not promise")]
    Reply {
        /// The script's name.
        script: &'static str,
        /// What it answered.
        reply: String,
    },
    /// A message could not be packed.
    #[error("cannot pack {kind}: {cause}")]
    Pack {
        /// The message's type.
        kind: &'static str,
        /// What serde said.
        cause: String,
    },
    /// The server is set up in a way that would lose entries.
    #[error("setting {setting}: {problem}")]
    Server {
        /// The setting to change, as its owner spells it.
        setting: &'static str,
        /// What it is and what it must be.
        problem: String,
    },
    /// A part of a key is not allowed.
    #[error(
        "{what} {value:?} cannot be part of a key: expected 1 to 128 characters without '{{', '}}', ':' or white space"
    )]
    KeyPart {
        /// Which part.
        what: &'static str,
        /// The text.
        value: String,
    },
}

/// What to do about a Redis error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The connection is of no more use: it is broken, or its server is no longer the master, or an
    /// abandoned blocking read may still hang on it.
    Redial,
    /// The stream or group is gone: create it again, then go on.
    RecreateGroup,
    /// The server asks for patience.
    Wait,
    /// Nothing to be done here: the command itself is wrong.
    Report,
}

/// Sorts `error` by its remedy.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds are an open set; what has no remedy here is reported"
)]
pub fn remedy(error: &RedisError) -> Remedy {
    match error.code() {
        Some("NOGROUP") => return Remedy::RecreateGroup,
        // The key was deleted under a blocked reader, or the instance changed its role.
        Some("UNBLOCKED") => return Remedy::Redial,
        _ => {}
    }
    match error.kind() {
        ErrorKind::Server(
            ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::ClusterDown,
        ) => Remedy::Redial,
        ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::TryAgain) => Remedy::Wait,
        _ if error.is_io_error() || error.is_timeout() || error.is_connection_dropped() => {
            Remedy::Redial
        }
        // Inside a script the code is not the first word; XINFO speaks of a missing key.
        _ if ["NOGROUP", "no such key"]
            .iter()
            .any(|words| error.to_string().contains(words)) =>
        {
            Remedy::RecreateGroup
        }
        _ => Remedy::Report,
    }
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Redis(error) => remedy(error) != Remedy::Report,
            Self::Pool(_) => true,
            Self::Reply { .. } | Self::Pack { .. } | Self::Server { .. } | Self::KeyPart { .. } => {
                false
            }
        }
    }
}

/// The runtime's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
