//! Results of repairs.

use serde::Serialize;
use streamward::Reply;

use crate::{
    Result,
    audit::{Report, drift::Kind},
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

/// Result of one repair script.
pub(super) struct RepairStep {
    pub(super) done: Done,
    pub(super) before: String,
    pub(super) after: String,
}

impl RepairStep {
    pub(super) fn nothing(done: Done, after: impl Into<String>) -> Self {
        Self {
            done,
            before: String::new(),
            after: after.into(),
        }
    }

    pub(super) fn of(mut reply: Reply) -> Result<Self> {
        let done = match reply.tag() {
            "WRITTEN" => Done::Repaired,
            "LOOKED" => Done::Proposed,
            "SOUND" | "MOVED" => return Ok(Self::nothing(Done::Gone, "")),
            "SHORT" => {
                let units: i64 = reply.take()?;
                let how = format!(
                    "{units} units more are promised or sold than ever came in: count the shelf, receive \
                     {units} and what is on it (POST /v1/products/<id>/stock), then repair again"
                );
                return Ok(Self::nothing(Done::ByHand, how));
            }
            _ => return Err(reply.unexpected()),
        };
        Ok(Self {
            done,
            before: reply.take()?,
            after: reply.take()?,
        })
    }
}
