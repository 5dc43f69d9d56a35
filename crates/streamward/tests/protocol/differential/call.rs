//! One call, as both sides understand it.

use redis::{Cmd, Value};

use super::{
    plain::Plain,
    scripted::Scripted,
    state::{bulk, list},
};
use crate::model::{Fields, Id, Model, Refused, Service};

/// A command or the call of a script.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Plain(Plain),
    Script(Scripted),
}

impl Call {
    /// Runs it on the model.
    pub(super) fn on_model(&self, service: &Service, model: &mut Model) -> Result<Value, Refused> {
        match self {
            Self::Plain(plain) => plain.on_model(service, model),
            Self::Script(scripted) => scripted.on_model(service, model),
        }
    }

    /// The script's name and the tag of its answer.
    pub(super) fn heard(&self, answer: &Result<Value, Refused>) -> Option<String> {
        let Self::Script(scripted) = self else {
            return None;
        };
        let Ok(Value::Array(parts)) = answer else {
            return Some("a refusal".to_owned());
        };
        let Some(Value::BulkString(tag)) = parts.first() else {
            return None;
        };
        Some(format!(
            "{} {}",
            scripted.name(),
            String::from_utf8_lossy(tag)
        ))
    }

    /// The command that does it on a server; `sha` knows the scripts.
    pub(super) fn command<'a>(&self, service: &Service, sha: impl Fn(&str) -> &'a str) -> Cmd {
        match self {
            Self::Plain(plain) => plain.command(service),
            Self::Script(scripted) => scripted.command(service, sha),
        }
    }
}

/// An entry as a server answers it.
pub(super) fn entry(id: Id, fields: &Fields) -> Value {
    list([bulk(id.to_string()), flat(fields)])
}

/// Fields as a server answers them.
pub(super) fn flat(fields: &Fields) -> Value {
    list(
        fields
            .iter()
            .flat_map(|(name, value)| [bulk(name), bulk(value)]),
    )
}

/// Ids as a server answers them.
pub(super) fn ids(ids: &[Id]) -> Value {
    list(ids.iter().map(|id| bulk(id.to_string())))
}
