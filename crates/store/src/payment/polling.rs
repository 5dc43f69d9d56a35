//! Polls of the provider, for callbacks that do not arrive.

use std::{fmt, time::Duration};

use super::{Recorded, keys_of};
use crate::{Result, Step, script::millis};

/// The next poll of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextPoll {
    /// Number of polls so far; pauses grow with it.
    pub polls: u32,
    /// Time until the next poll.
    pub pause: Duration,
}

/// A charge that the provider did not answer: its outcome is unknown. The same charge is made
/// again, under the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnansweredCharge {
    /// Which of the order's charges it is, from 1.
    pub attempt: u32,
    /// The method that is charged.
    pub method: String,
}

impl fmt::Display for UnansweredCharge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.attempt, self.method)
    }
}

impl UnansweredCharge {
    /// Reads what [`Display`](fmt::Display) writes.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (attempt, method) = text.split_once(' ')?;
        Some(Self {
            attempt: attempt.parse().ok()?,
            method: method.to_owned(),
        })
    }
}

/// Records the start of the order's `attempt`-th charge, and schedules its poll.
///
/// A later charge that is recorded as unanswered stays so.
pub async fn begin_charge(
    step: Step<'_>,
    attempt: u32,
    unanswered: Option<&UnansweredCharge>,
    poll: NextPoll,
) -> Result<Recorded> {
    let script = script!(settles "payment/begin_charge" {
        order: step.order,
        attempt,
        unanswered: unanswered.map(ToString::to_string),
        looks: poll.polls,
        pause: poll.pause,
    });
    let [payment, _, timers] = keys_of(&step);
    step.run(&[payment, timers], script).await
}

/// Records a poll without a result.
///
/// `answered` is the charge that is known to be answered now; a charge recorded since then stays
/// unanswered. The next poll is in `pause`, at least a millisecond; `None` ends the polls.
pub async fn schedule_poll(
    step: Step<'_>,
    answered: Option<&UnansweredCharge>,
    pause: Option<Duration>,
) -> Result<Recorded> {
    let script = script!(settles "payment/schedule_poll" {
        order: step.order,
        answered: answered.map(ToString::to_string),
        pause: pause.map_or(0, |pause| millis(pause).max(1)),
    });
    let [payment, _, timers] = keys_of(&step);
    step.run(&[payment, timers], script).await
}
