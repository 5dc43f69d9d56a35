//! Charges: each attempt to take an intent's money.

use super::{Method, Row};
use crate::ids::{ChargeId, IntentId};

/// A charge. It follows from the states its intent was in, so it is not in the journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub(crate) id: ChargeId,
    pub(crate) intent: IntentId,
    pub(crate) method: Option<Method>,
    /// It was declined. The other one of an intent is as the intent is.
    pub(crate) failed: bool,
}

impl Row for Charge {
    type Id = ChargeId;

    fn id(&self) -> ChargeId {
        self.id
    }
}
