//! Polls of the provider, for callbacks that do not arrive.

use std::{fmt, time::Duration};

use super::{Recorded, read};
use crate::{Result, Step, keys, millis::millis, scripts};

/// The next poll of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextPoll {
    /// Number of polls so far; pauses grow with it.
    pub polls: u32,
    /// Time until the next poll.
    pub pause: Duration,
}

impl NextPoll {
    pub(super) fn pause_ms(self) -> u64 {
        millis(self.pause)
    }
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

fn text(charge: Option<&UnansweredCharge>) -> String {
    charge.map(ToString::to_string).unwrap_or_default()
}

/// Records that the order's `attempt`-th charge was begun, and when the provider is asked about it.
///
/// A later one that was noted as unanswered before stays so.
///
/// # Errors
/// [`streamward::Error`].
pub async fn begin_charge(
    mut step: Step<'_>,
    attempt: u32,
    unanswered: Option<&UnansweredCharge>,
    asking: NextPoll,
) -> Result<Recorded> {
    let all = [
        keys::payment(step.partition, step.order),
        keys::payment_timers(step.partition),
    ];
    let reply = step
        .settle(&scripts::BEGIN_CHARGE, &all)
        .arg(step.order.as_str())
        .arg(attempt)
        .arg(text(unanswered))
        .arg(asking.polls)
        .arg(asking.pause_ms())
        .run(&mut step.link)
        .await?;
    read(&reply)
}

/// Records that the provider was asked in vain.
///
/// `answered` is the charge that is known to be answered now; one that was noted since is not forgotten with it.
/// The provider is asked again in `pause`, which is at least a millisecond; `None` was the last time.
///
/// # Errors
/// [`streamward::Error`].
pub async fn schedule_poll(
    mut step: Step<'_>,
    answered: Option<&UnansweredCharge>,
    pause: Option<Duration>,
) -> Result<Recorded> {
    let all = [
        keys::payment(step.partition, step.order),
        keys::payment_timers(step.partition),
    ];
    let reply = step
        .settle(&scripts::SCHEDULE_POLL, &all)
        .arg(step.order.as_str())
        .arg(text(answered))
        .arg(pause.map_or(0, |pause| millis(pause).max(1)))
        .run(&mut step.link)
        .await?;
    read(&reply)
}
