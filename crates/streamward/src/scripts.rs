//! The runtime's own scripts, compiled in.

use std::sync::LazyLock;

use crate::script::Script;

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal),+ $(,)?) => {
        $($(#[$doc])*
        pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            let source = include_str!(concat!("../lua/", $file, ".lua"));
            Script::with_includes($file, source, &[]).expect("a test builds every script")
        });)+

        #[cfg(test)]
        pub(crate) static ALL: &[&LazyLock<Script>] = &[$(&$name),+];
    };
}

scripts! {
    /// Acknowledges handled entries.
    ACK_ENTRIES = "ack_entries",
    /// Moves an entry to the dead letters.
    DEAD_LETTER_ENTRY = "dead_letter_entry",
    /// Deletes a dead letter.
    DISCARD_DEAD_LETTER = "discard_dead_letter",
    /// Creates a group unless it exists.
    ENSURE_GROUP = "ensure_group",
    /// Parks a failed entry until its backoff is over.
    PARK_ENTRIES = "park_entries",
    /// Ends a group without pending entries.
    DROP_GROUP = "drop_group",
    /// Moves due jobs into the inbox.
    PROMOTE_JOBS = "promote_jobs",
    /// Reads how far the slowest group of some streams is behind.
    READ_BACKLOG = "read_backlog",
    /// Claims entries whose lease or backoff is over.
    RECLAIM_ENTRIES = "reclaim_entries",
    /// Makes entries due that this process lost.
    RECOVER_ENTRIES = "recover_entries",
    /// Renews the leases of entries in work.
    RENEW_LEASES = "renew_leases",
    /// Moves a dead letter back to its service.
    REPLAY_DEAD_LETTER = "replay_dead_letter",
    /// Records up to where a group has acknowledged everything.
    SAVE_CHECKPOINT = "save_checkpoint",
    /// Deletes error histories of entries that are no longer pending.
    SWEEP_ATTEMPTS = "sweep_attempts",
    /// Takes, keeps or gives back a leadership.
    TAKE_LEADERSHIP = "take_leadership",
    /// Makes the entries of a dead consumer due.
    TAKE_OVER_ENTRIES = "take_over_entries",
    /// Reads entries within the limit over all processes.
    TAKE_SLOTS = "take_slots",
    /// Trims a stream up to what every group has acknowledged.
    TRIM_STREAM = "trim_stream",
    /// Takes back a claim of an entry that is in flight here.
    UNDO_CLAIM = "undo_claim",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_lists_the_includes_it_calls() {
        for script in ALL {
            let name = script.name();
            assert!(script.source().contains("return {"), "{name}");
        }
    }
}
