//! Lua scripts: content-addressed, called by EVALSHA, loaded when the server does not know them.
//!
//! Content addressing lets two versions of a process run side by side during an upgrade: each finds
//! exactly the script it was built with.

use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, ToRedisArgs, Value,
    aio::ConnectionLike,
};

use crate::error::{Error, Result};

/// A script and its SHA-1.
#[derive(Debug)]
pub struct Script {
    name: &'static str,
    source: String,
    sha: String,
}

impl Script {
    /// A script named as its file (`order/place`), made of its source text behind the functions it
    /// includes.
    pub fn new(name: &'static str, parts: &[&str]) -> Self {
        let source = parts.concat();
        let sha = redis::Script::new(&source).get_hash().to_owned();
        Self { name, source, sha }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Starts a call with these keys; all must share one hash slot.
    pub fn call<K: AsRef<str>>(&self, keys: &[K]) -> Call<'_> {
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(&self.sha).arg(keys.len());
        for key in keys {
            cmd.arg(key.as_ref());
        }
        Call { script: self, cmd }
    }

    /// Loads the script into the server, for callers that pipeline.
    ///
    /// # Errors
    /// [`Error::Redis`] when the server cannot be reached or the script does not compile.
    pub async fn load(&self, link: &mut (impl ConnectionLike + Send)) -> Result<()> {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD")
            .arg(&self.source)
            .query_async::<String>(link)
            .await?;
        Ok(())
    }
}

/// One call of a script, being put together.
#[derive(Debug)]
pub struct Call<'a> {
    script: &'a Script,
    cmd: Cmd,
}

impl Call<'_> {
    /// Appends an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl ToRedisArgs) -> Self {
        self.cmd.arg(arg);
        self
    }

    /// Runs the script.
    ///
    /// # Errors
    /// [`Error::Redis`]. A call that timed out may have run: what is retried must be idempotent.
    pub async fn run(self, link: &mut (impl ConnectionLike + Send)) -> Result<Reply> {
        let value = match self.cmd.query_async::<Value>(link).await {
            Err(error) if is_noscript(&error) => {
                self.script.load(link).await?;
                self.cmd.query_async::<Value>(link).await?
            }
            other => other?,
        };
        Reply::new(self.script.name, value)
    }
}

fn is_noscript(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// A script's tagged answer: a word, and what the header promises behind it.
#[derive(Debug)]
pub struct Reply {
    script: &'static str,
    tag: String,
    rest: std::vec::IntoIter<Value>,
}

impl Reply {
    fn new(script: &'static str, value: Value) -> Result<Self> {
        let broken = |value: &Value| Error::Reply {
            script,
            reply: format!("{value:?}"),
        };
        let Value::Array(items) = value else {
            return Err(broken(&value));
        };
        let mut rest = items.into_iter();
        let tag = match rest.next() {
            Some(Value::BulkString(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            other => return Err(broken(&other.unwrap_or(Value::Nil))),
        };
        Ok(Self { script, tag, rest })
    }

    /// The tag, for example `"OK"` or `"STALE"`.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The next value behind the tag.
    ///
    /// # Errors
    /// [`Error::Reply`] when it is missing or of another type than the header promises.
    pub fn take<T: FromRedisValue>(&mut self) -> Result<T> {
        let value = self.rest.next().ok_or_else(|| self.unexpected())?;
        T::from_redis_value(value).map_err(|error| Error::Reply {
            script: self.script,
            reply: format!("{} with {error}", self.tag),
        })
    }

    /// The error for a tag the caller does not know.
    pub fn unexpected(&self) -> Error {
        Error::Reply {
            script: self.script,
            reply: self.tag.clone(),
        }
    }
}
