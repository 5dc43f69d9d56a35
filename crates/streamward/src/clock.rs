//! The wall clock, read in one place.
//!
//! The clock of Redis decides. Scripts set deadlines by it, and [`now_ms`] compares with them by it:
//! [`follow`] measures how far this machine's clock is off, and [`now_ms`] corrects that. [`local_ms`] is
//! this machine's own clock, for what parties outside the shop date or check: signatures, headers, mail.
//! Intervals use tokio's clock.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use supervision::{BoxError, TaskContext};

use crate::{error::Result, metrics, server::Server};

/// Milliseconds by which the server's clock is ahead of this machine's.
static SKEW_MS: AtomicI64 = AtomicI64::new(0);
/// A smaller skew is within the error of measurement, and not corrected.
const SMALLEST: u64 = 50;
/// An answer that takes longer measures nothing.
const LONGEST_TRIP: u64 = 100;
/// A skew from which on it is reported.
const REPORTED: u64 = 1000;
/// Interval of measurements.
const TICK: Duration = Duration::from_secs(5);

/// Unix milliseconds now, by the clock of the server, as far as it is known.
pub fn now_ms() -> u64 {
    local_ms().saturating_add_signed(skew_ms())
}

/// Milliseconds by which the server's clock is ahead of this machine's; 0 while they agree.
pub fn skew_ms() -> i64 {
    SKEW_MS.load(Ordering::Relaxed)
}

/// Measures the skew between this machine's clock and the server's, and corrects [`now_ms`] by it.
///
/// A skew from a second on is logged when it begins and when it ends. A process has one such clock, and so
/// one server.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn measure(server: &Server) -> Result<i64> {
    let before = local_ms();
    let server_ms = server.time_ms().await?;
    let Some(skew) = skew_of(before, server_ms, local_ms()) else {
        return Ok(skew_ms());
    };
    let last = SKEW_MS.swap(skew, Ordering::Relaxed);
    metrics::show_clock_skew(skew);
    let (was, is) = (
        last.unsigned_abs() >= REPORTED,
        skew.unsigned_abs() >= REPORTED,
    );
    if is && last.abs_diff(skew) >= REPORTED {
        tracing::warn!(
            skew_ms = skew,
            "the clocks of redis and of this machine differ; that of redis decides"
        );
    } else if was && !is {
        tracing::info!("the clocks of redis and of this machine agree again");
    }
    Ok(skew)
}

/// The skew by a server's time that was read between two times of this machine; `None` when the answer
/// took so long that it tells little.
fn skew_of(before: u64, server: u64, after: u64) -> Option<i64> {
    let trip = after
        .checked_sub(before)
        .filter(|trip| *trip <= LONGEST_TRIP)?;
    // Half-way is the best guess.
    let skew = server.checked_signed_diff(before + trip / 2)?;
    Some(if skew.unsigned_abs() < SMALLEST.max(trip) {
        0
    } else {
        skew
    })
}

/// Measures the skew again and again, as a supervised task.
///
/// # Errors
/// An error of Redis that waiting cannot cure.
pub async fn follow(server: Server, context: TaskContext) -> Result<(), BoxError> {
    crate::outage::outlast(&context, || async {
        loop {
            measure(&server).await?;
            context.pulse.beat();
            tokio::time::sleep(TICK).await;
        }
    })
    .await
}

/// Unix milliseconds now, by this machine's clock.
pub fn local_ms() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `ms` since the Unix epoch as RFC 3339 in UTC with milliseconds.
pub fn rfc3339(ms: u64) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(ms)).to_string()
}

/// Reads an RFC 3339 time as Unix milliseconds; `None` when it is malformed or before 1970.
pub fn parse_rfc3339(text: &str) -> Option<u64> {
    let text = text.to_ascii_uppercase();
    let (local, offset) = match text.strip_suffix('Z') {
        Some(local) => (local, 0),
        // The last six characters are `+hh:mm`, and all of them are ASCII.
        None => {
            let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
            (local, offset_ms(offset)?)
        }
    };
    let at = humantime::parse_rfc3339(&format!("{local}Z")).ok()?;
    let since = at.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis())
        .ok()?
        .checked_sub_signed(offset)
}

/// `+hh:mm` in milliseconds.
fn offset_ms(text: &str) -> Option<i64> {
    let number = |part: &str| {
        let is_plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        is_plain.then(|| part.parse::<i64>().ok())?
    };
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

/// Now as RFC 3339 in UTC with milliseconds.
pub fn now_rfc3339() -> String {
    rfc3339(now_ms())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skew_within_the_error_of_measurement_is_none() {
        for (before, server, after, skew) in [
            (1_000_000, 1_000_001, 1_000_002, Some(0)),
            (1_000_000, 1_000_040, 1_000_002, Some(0)),
            (1_000_000, 1_000_120, 1_000_090, Some(0)),
            (1_000_000, 2_200_001, 1_000_002, Some(1_200_000)),
            (2_200_000, 1_000_001, 2_200_002, Some(-1_200_000)),
            // The answer was slow, or this machine's clock was set back meanwhile.
            (1_000_000, 2_200_000, 1_004_000, None),
            (1_000_000, 2_200_000, 999_999, None),
        ] {
            assert_eq!(
                skew_of(before, server, after),
                skew,
                "{before} {server} {after}"
            );
        }
    }

    #[test]
    fn a_time_is_read_back_as_it_was_written() {
        for ms in [0, 1_767_225_600_123, now_ms()] {
            assert_eq!(parse_rfc3339(&rfc3339(ms)), Some(ms));
        }
    }

    #[test]
    fn an_offset_is_taken_off() {
        let noon = parse_rfc3339("2026-01-01T12:00:00Z");
        assert!(noon.is_some());
        for same in [
            "2026-01-01T14:30:00+02:30",
            "2026-01-01T00:00:00.000-12:00",
            "2026-01-01t12:00:00z",
        ] {
            assert_eq!(parse_rfc3339(same), noon, "{same}");
        }
    }

    #[test]
    fn an_invalid_time_is_none() {
        for text in [
            "",
            "Z",
            "yesterday",
            "2026-01-01",
            "2026-01-01T12:00:00",
            "2026-01-01T12:00:00+2:00",
            "2026-01-01T12:00:00+24:00",
            "2026-01-01T12:00:00+aa:00",
            "2026-13-01T12:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "2026-01-01T12:00:00\u{e9}\u{e9}\u{e9}",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
