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
    /// Acknowledges deliveries that are done.
    SETTLE = "settle",
    /// Renews leases.
    RENEW = "renew",
    /// Makes entries due that this process has lost.
    RECOVER = "recover",
    /// Reads as long as all processes together hold fewer than their limit.
    TAKE = "take",
    /// Makes sure that a group exists.
    ENSURE = "ensure",
    /// Notes up to where a group has settled everything.
    CHECKPOINT = "checkpoint",
    /// Forgets error histories that nobody needs.
    SWEEP = "sweep",
    /// Takes, keeps or gives back a lead.
    LEAD = "lead",
    /// Deletes a dead letter.
    DISCARD = "discard",
}
