//! A call, as it is sent to both sides.

use std::fmt;

use redis::{Cmd, Value};

use super::{
    sending,
    state::{HALF_AN_HOUR, canonical_value, without_lateness},
};
use crate::protocol::model::{Blob, Refused, ScriptCall, Service, bulk, list};

/// A command of Redis, or the call of a script by its name.
#[derive(Clone)]
pub(super) struct Call {
    script: Option<&'static str>,
    /// The whole command, or keys and arguments of the script.
    words: Vec<Blob>,
    keys: usize,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.script.unwrap_or_default())?;
        let words = self.words.iter();
        words
            .into_iter()
            .try_for_each(|word| write!(f, " {}", String::from_utf8_lossy(word)))
    }
}

impl Call {
    pub(super) fn plain(words: Vec<Blob>) -> Self {
        Self {
            script: None,
            words,
            keys: 0,
        }
    }

    pub(super) fn script(own: &Service, call: &ScriptCall) -> Self {
        let (script, keys, args) = sending::parts(own, call);
        Self {
            script: Some(script),
            keys: keys.len(),
            words: keys
                .into_iter()
                .map(String::into_bytes)
                .chain(args)
                .collect(),
        }
    }

    /// The command; `sha` knows the scripts.
    pub(super) fn command<'a>(&self, sha: impl Fn(&str) -> &'a str) -> Cmd {
        let mut command = Cmd::new();
        if let Some(script) = self.script {
            command.arg("EVALSHA").arg(sha(script)).arg(self.keys);
        }
        for word in &self.words {
            command.arg(&**word);
        }
        command
    }

    /// The name of the script or command, and the tag of a script's answer.
    pub(super) fn outcome(&self, answer: &Result<Value, Refused>) -> Option<String> {
        let Some(script) = self.script else {
            let name = String::from_utf8_lossy(&self.words[0]);
            return answer.is_ok().then(|| name.into_owned());
        };
        let Ok(Value::Array(parts)) = answer else {
            return Some("a refusal".to_owned());
        };
        let Some(Value::BulkString(tag)) = parts.first() else {
            return None;
        };
        Some(format!("{script} {}", String::from_utf8_lossy(tag)))
    }

    /// The same for all answers that mean the same: JSON with its names in order, packed data
    /// unpacked, times only as far as both sides must agree.
    pub(super) fn canonical(&self, answer: Result<Value, Refused>) -> Result<Value, Refused> {
        let name = String::from_utf8_lossy(&self.words[0]).into_owned();
        answer.map(|value| match (self.script, &*name) {
            (Some(_), _) => canonical_value(without_lateness(value)),
            (None, "XPENDING") => each(value, coarse),
            (None, "XINFO") => each(value, |row| list(row.into_iter().take(4))),
            (None, "HKEYS") => sorted(value),
            (None, _) => canonical_value(value),
        })
    }
}

fn each(value: Value, change: impl Fn(Vec<Value>) -> Value) -> Value {
    let Value::Array(rows) = value else {
        return value;
    };
    let rows = rows.into_iter().map(|row| match row {
        Value::Array(row) => change(row),
        other => other,
    });
    list(rows)
}

/// A row of XPENDING whose idle time counts half hours.
fn coarse(mut row: Vec<Value>) -> Value {
    if let Some(Value::Int(idle)) = row.get_mut(2) {
        *idle /= i64::try_from(HALF_AN_HOUR).expect("small");
    }
    list(row)
}

fn sorted(value: Value) -> Value {
    let mut keys: Vec<Blob> = redis::from_redis_value(value).expect("keys");
    keys.sort();
    list(keys.into_iter().map(bulk))
}

/// A number as an argument.
pub(super) fn word(value: impl ToString) -> Blob {
    value.to_string().into_bytes()
}
