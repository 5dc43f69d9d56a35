//! The wall clock, read in one place.
//!
//! Timers use the server's clock (inside scripts) and intervals use tokio's; this one dates what
//! people read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Unix milliseconds now.
pub fn now_ms() -> u64 {
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
