//! Bindings of the shop's Lua scripts: arguments with names, replies with types.
//!
//! `script!` names a script and its arguments in the order of its `ARGV`, `replies!` defines its
//! reply. Debug builds compare both with the script's header at the first call.

mod argument;
#[macro_use]
mod reply;

use std::sync::Once;

use redis::aio::ConnectionLike;
use serde::Serialize;
use streamward::{Call, Error, Include, Runtime, Script};

pub(crate) use argument::{Argument, millis};
pub(crate) use reply::{Answer, Part};

use crate::Result;

macro_rules! lua {
    ($path:expr) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../lua/",
            $path,
            ".lua"
        ))
    };
}
pub(crate) use lua;

/// Functions that several scripts share; each script lists those it calls.
const INCLUDES: &[Include] = &[
    Include::new("announce", lua!("includes/announce")),
    Include::new("due_in", lua!("includes/due_in")),
    Include::new("emit", lua!("includes/emit")),
    Include::new("emit_in_order", lua!("includes/emit_in_order")),
    Include::new("history_line", lua!("includes/history_line")),
    Include::new("log_delivery", lua!("includes/log_delivery")),
    Include::new("report_low_stock", lua!("includes/report_low_stock")),
    Include::new("stream_position", lua!("includes/stream_position")),
];

/// Builds an embedded script.
pub(crate) fn build(name: &'static str, source: &str) -> Script {
    Script::with_includes(name, source, INCLUDES)
        .expect("a test calls every script, so its includes are listed")
}

/// A script with its arguments, made by `script!`.
pub(crate) struct Arguments {
    script: &'static Script,
    /// Whether a call was compared with the header.
    compared: &'static Once,
    /// Names of the arguments that [`Step`](crate::Step) writes before these.
    pub(crate) front: &'static [&'static str],
    names: Vec<String>,
    values: Vec<Vec<u8>>,
}

/// Names of the arguments that every settling script starts with: the delivery's.
pub(crate) const SETTLES: &[&str] = &["group", "entry id"];
/// The same for a script that also emits: the delivery's and the event's.
pub(crate) const EMITS: &[&str] = &["group", "entry id", "event id", "at", "tp"];

impl Arguments {
    pub(crate) const fn new(
        script: &'static Script,
        compared: &'static Once,
        front: &'static [&'static str],
    ) -> Self {
        Self {
            script,
            compared,
            front,
            names: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Appends an argument.
    pub(crate) fn with<T: Argument + ?Sized>(mut self, name: &str, value: &T) -> Self {
        value.write(&mut self.values);
        if cfg!(debug_assertions) {
            self.names.extend(T::names(&name.replace('_', " ")));
        }
        self
    }

    /// Starts a call with these keys and the arguments of the front.
    pub(crate) fn call<K: AsRef<str>>(&self, keys: &[K], front: &[&str]) -> Call<'static> {
        self.script.call(keys).arg(front).arg(&self.values)
    }

    /// Runs the call. Debug builds compare the first one with the script's header.
    pub(crate) async fn run<A: Answer>(
        self,
        link: &mut (impl ConnectionLike + Send),
        keys: &[impl AsRef<str>],
        front: &[&str],
    ) -> Result<A> {
        if cfg!(debug_assertions) {
            let compare = || assert_eq!(header::differences::<A>(&self), Vec::<String>::new());
            self.compared.call_once(compare);
        }
        A::read(self.call(keys, front).run(link).await?)
    }
}

/// Runs a script that settles no delivery.
pub(crate) async fn run<A: Answer>(
    runtime: &Runtime,
    keys: &[String],
    script: Arguments,
) -> Result<A> {
    script.run(&mut runtime.server().link(), keys, &[]).await
}

/// Names a script and its arguments, in the order of its `ARGV`:
/// `script!(front "context/name" { name, name: value, .. })`.
///
/// The front is nothing, `settles` (the receipt) or `emits` (the receipt and the envelope). Debug
/// builds compare names, number and order, and the tags of the reply, with the script's header.
macro_rules! script {
    ($($front:ident)? $path:literal { $($name:ident $(: $value:expr)?),* $(,)? }) => {{
        static SCRIPT: std::sync::LazyLock<streamward::Script> =
            std::sync::LazyLock::new(|| $crate::script::build($path, $crate::script::lua!($path)));
        static COMPARED: std::sync::Once = std::sync::Once::new();
        let front = script!(@front $($front)?);
        let arguments = $crate::script::Arguments::new(&SCRIPT, &COMPARED, front);
        $(let arguments = arguments.with(stringify!($name), &script!(@value $name $($value)?));)*
        arguments
    }};
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
    (@front) => { &[] };
    (@front settles) => { $crate::script::SETTLES };
    (@front emits) => { $crate::script::EMITS };
}

// Its tests use the macro, so it is declared behind it.
mod header;

/// Writes a value as JSON, for an argument.
///
/// # Errors
/// [`Error::Pack`] when it has no JSON form.
pub(crate) fn json<T: Serialize>(kind: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Pack {
        kind,
        cause: error.to_string(),
    })
}
