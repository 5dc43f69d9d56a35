//! `traceparent`: a header that is valid by the standard is kept; any other starts a new trace.

#![no_main]

use libfuzzer_sys::fuzz_target;
use streamward::TraceParent;

/// Validates a header by the standard, byte by byte.
fn is_valid(header: &[u8]) -> bool {
    let hex = |from: usize, to: usize| {
        let digits = header.get(from..to).unwrap_or_default();
        let lower = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        digits.len() == to - from && digits.iter().all(lower)
    };
    let is_zero = |from: usize, to: usize| header[from..to].iter().all(|b| *b == b'0');
    let dashes = [2, 35, 52].iter().all(|at| header.get(*at) == Some(&b'-'));
    if !(dashes && hex(0, 2) && hex(3, 35) && hex(36, 52) && hex(53, 55)) {
        return false;
    }
    let ends_well = match header.get(55) {
        None => true,
        // Later versions may append more fields.
        Some(next) => *next == b'-' && !header.starts_with(b"00"),
    };
    ends_well && !header.starts_with(b"ff") && !is_zero(3, 35) && !is_zero(36, 52)
}

fuzz_target!(|header: &[u8]| {
    let read = TraceParent::parse_or_start(header).to_string();
    assert!(is_valid(read.as_bytes()), "{read}");
    if is_valid(header) && !header.is_ascii() {
        // The standard leaves open the suffix of a later version.
        return;
    }
    if is_valid(header) {
        assert_eq!(read.as_bytes()[3..52], header[3..52]);
        let flags = char::from(header[54]).to_digit(16);
        let sampled = flags.is_some_and(|flags| flags % 2 == 1);
        assert_eq!(read.ends_with("-01"), sampled);
        assert_eq!(
            TraceParent::parse_or_start(read.as_bytes()).to_string(),
            read
        );
    } else {
        let other = TraceParent::parse_or_start(header).to_string();
        assert_ne!(read, other, "every new trace has an id of its own");
    }
});
