//! Results of repairs.

use serde::Serialize;

use crate::audit::{
    Report,
    drift::{Drift, Kind},
};

/// Result of one drift's repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repair {
    /// The rule that was broken.
    pub rule: u8,
    /// Key with the wrong value.
    pub key: String,
    /// Kind of drift.
    pub kind: Kind,
    /// Action taken.
    pub done: Done,
    /// Value before; empty when nothing was done.
    pub before: String,
    /// Value after the repair, actual or proposed; manual steps when nothing was done.
    pub after: String,
}

/// Action taken on a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Done {
    /// Repaired, or the missed event was sent again.
    Repaired,
    /// Nothing: a dry run.
    Proposed,
    /// Nothing: the drift no longer exists.
    Gone,
    /// Nothing: a manual repair is needed.
    ByHand,
}

/// An audit and what was done about its drifts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repairs {
    /// Audit before the repairs.
    #[serde(flatten)]
    pub report: Report,
    /// Repairs in the order of the drifts.
    pub repairs: Vec<Repair>,
}

replies! {
    /// Reply of a repair script.
    pub(crate) Repaired {
        /// Written: the values before and after.
        Written(String, String) = "WRITTEN",
        /// A dry run: the values before and after.
        Looked(String, String) = "LOOKED",
        /// The state changed since it was read.
        Moved = "MOVED",
        /// Nothing to repair.
        Sound = "SOUND",
        /// Number of missing units.
        Short(i64) = "SHORT",
    }
}

/// Result of one repair script.
pub(super) struct RepairStep {
    pub(super) done: Done,
    before: String,
    after: String,
}

impl RepairStep {
    pub(super) fn nothing(done: Done, after: impl Into<String>) -> Self {
        Self {
            done,
            before: String::new(),
            after: after.into(),
        }
    }

    pub(super) fn of(reply: Repaired) -> Self {
        let (done, before, after) = match reply {
            Repaired::Written(before, after) => (Done::Repaired, before, after),
            Repaired::Looked(before, after) => (Done::Proposed, before, after),
            Repaired::Sound | Repaired::Moved => return Self::nothing(Done::Gone, ""),
            Repaired::Short(units) => {
                let how = format!(
                    "{units} units more are promised or sold than ever came in: count the shelf, receive \
                     {units} and what is on it (POST /v1/products/<id>/stock), then repair again"
                );
                return Self::nothing(Done::ByHand, how);
            }
        };
        Self {
            done,
            before,
            after,
        }
    }

    /// The repair of a drift by this step.
    pub(super) fn repair(self, drift: &Drift) -> Repair {
        Repair {
            rule: drift.rule,
            key: drift.key.clone(),
            kind: drift.kind,
            done: self.done,
            before: self.before,
            after: self.after,
        }
    }
}
