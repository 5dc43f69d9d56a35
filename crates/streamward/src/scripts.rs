//! The runtime's own scripts, compiled in.

use std::sync::LazyLock;

use crate::script::Script;

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal),+ $(,)?) => {
        $($(#[$doc])*
        pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            let source = include_str!(concat!("../../../lua/streams/", $file, ".lua"));
            Script::new(concat!("streams/", $file), &[source])
        });)+
    };
}

scripts! {
    /// Claims due entries.
    RECLAIM = "reclaim",
    /// Parks a failed entry.
    PARK = "park",
    /// Moves an entry to the dead letters.
    BURY = "bury",
    /// Hands a dead letter back.
    REPLAY = "replay",
    /// Promotes due jobs.
    PROMOTE = "promote",
    /// Takes a dead consumer's entries.
    TAKEOVER = "takeover",
    /// Trims a stream.
    TRIM = "trim",
}
