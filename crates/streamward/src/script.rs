//! Lua scripts: content-addressed, called by EVALSHA, loaded when the server does not know them.
//!
//! Content addressing lets two versions of a process run side by side during an upgrade: each finds
//! exactly the script it was built with.

mod include;

use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, ToRedisArgs, Value,
    aio::ConnectionLike,
};

use crate::error::{Error, RedisFailure, Result};
pub use include::{Include, IncludeError};

/// A Lua script and its SHA-1.
#[derive(Debug)]
pub struct Script {
    name: &'static str,
    source: String,
    sha: String,
}

impl Script {
    /// A script that is sent behind the functions that its include lines list.
    ///
    /// `includes` are those of the crate that owns the script; the runtime's own are known too:
    ///
    /// | include | returns |
    /// | --- | --- |
    /// | `now_ms()` | Unix ms by the server's clock |
    /// | `id_parts(id)` | ms and sequence number of a stream id |
    /// | `is_older(a, b)` | whether the stream id `a` comes before `b` |
    /// | `to_map(flat)` | the table of a flat list of names and values, such as XINFO returns |
    ///
    /// ```
    /// use streamward::{Include, Script};
    ///
    /// // As a rule both are files: `include_str!("../lua/includes/due_in.lua")`.
    /// const INCLUDES: &[Include] = &[Include::new(
    ///     "due_in",
    ///     "--- @include now_ms\nlocal function due_in(ms) return now_ms() + ms end\n",
    /// )];
    ///
    /// let source = "--- @include due_in\nreturn { 'DUE', due_in(tonumber(ARGV[1])) }\n";
    /// let script = Script::with_includes("order/due", source, INCLUDES)?;
    /// assert!(script.source().contains("local function now_ms("));
    /// assert!(!script.source().contains("local function is_older("));
    ///
    /// let unlisted = "return { 'DUE', due_in(tonumber(ARGV[1])) }\n";
    /// assert!(Script::with_includes("order/due", unlisted, INCLUDES).is_err());
    /// # Ok::<(), streamward::IncludeError>(())
    /// ```
    ///
    /// # Errors
    /// [`IncludeError`] when a listed include does not exist or is not called, when the function of
    /// an include is called without a line that lists it, and when an include does not define its
    /// function. All of it shows without a server: a test that builds every script is enough.
    pub fn with_includes(
        name: &'static str,
        source: &str,
        includes: &[Include],
    ) -> Result<Self, IncludeError> {
        let source = include::resolve(name, source, includes)?;
        let sha = redis::Script::new(&source).get_hash().to_owned();
        Ok(Self { name, source, sha })
    }

    /// The Lua text that the server runs: the includes, then the script.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The SHA-1 that calls name.
    #[cfg(test)]
    pub(crate) fn sha(&self) -> &str {
        &self.sha
    }

    /// Starts a call with these keys; all must share one hash slot.
    pub fn call<K: AsRef<str>>(&self, keys: &[K]) -> Call<'_> {
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(&self.sha).arg(keys.len());
        for key in keys {
            cmd.arg(key.as_ref());
        }
        Call {
            script: self,
            keys: keys.len(),
            cmd,
        }
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

/// A call of a script, built argument by argument.
#[derive(Debug)]
pub struct Call<'a> {
    script: &'a Script,
    /// Number of keys.
    keys: usize,
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
    /// [`Error::Redis`], which names the script and its keys. A call that timed out may have run: what is
    /// retried must be idempotent.
    pub async fn run(self, link: &mut (impl ConnectionLike + Send)) -> Result<Reply> {
        let mut value = self.cmd.query_async::<Value>(link).await;
        if value.as_ref().is_err_and(is_noscript) {
            self.script.load(link).await?;
            value = self.cmd.query_async::<Value>(link).await;
        }
        let value = value.map_err(|error| self.failure(error))?;
        Reply::new(self.script.name, value)
    }

    fn failure(&self, error: RedisError) -> Error {
        // EVALSHA, the script and the number of keys come before the keys.
        let words = self.cmd.args_iter().skip(3).take(self.keys);
        let keys: Vec<String> = words
            .filter_map(|word| {
                let redis::Arg::Simple(bytes) = word else {
                    return None;
                };
                Some(String::from_utf8_lossy(bytes).into_owned())
            })
            .collect();
        Error::Redis(RedisFailure::of_script(error, self.script.name, &keys))
    }
}

fn is_noscript(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// Tagged reply of a script: a word, and the values that the header promises behind it.
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

    /// The reply itself, which must have this tag.
    ///
    /// # Errors
    /// [`Error::Reply`] when it has another one.
    pub fn tagged(self, tag: &str) -> Result<Self> {
        if self.tag == tag {
            Ok(self)
        } else {
            Err(self.unexpected())
        }
    }

    /// Whether the tag is `yes` rather than `no`.
    ///
    /// # Errors
    /// [`Error::Reply`] when it is neither.
    pub fn is(&self, yes: &str, no: &str) -> Result<bool> {
        match &*self.tag {
            tag if tag == yes => Ok(true),
            tag if tag == no => Ok(false),
            _ => Err(self.unexpected()),
        }
    }

    /// The error for a tag the caller does not know.
    pub fn unexpected(&self) -> Error {
        Error::Reply {
            script: self.script,
            reply: self.tag.clone(),
        }
    }
}
