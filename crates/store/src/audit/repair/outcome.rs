//! What became of drifts.

use serde::Serialize;
use streamward::Reply;

use crate::{
    Result,
    audit::{Report, drift::Kind},
};

/// What became of one drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repair {
    /// The rule that was broken.
    pub rule: u8,
    /// The key that was wrong.
    pub key: String,
    /// How it was wrong.
    pub kind: Kind,
    /// What was done about it.
    pub done: Done,
    /// What was there; empty when nothing was done.
    pub before: String,
    /// What is there now, or would be; what a person has to do when nothing was done.
    pub after: String,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Done {
    /// It is put right, or whoever puts it right was told.
    Repaired,
    /// Nothing: it was only asked what would be done.
    Proposed,
    /// Nothing: it was no longer so.
    Gone,
    /// Nothing: a person has to look.
    ByHand,
}

/// An audit and what was done about its drifts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repairs {
    /// What was found before.
    #[serde(flatten)]
    pub report: Report,
    /// What was done, in the order of the drifts.
    pub repairs: Vec<Repair>,
}

/// What one repair did.
pub(super) struct Stroke {
    pub(super) done: Done,
    pub(super) before: String,
    pub(super) after: String,
}

impl Stroke {
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
