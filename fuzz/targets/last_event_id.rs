//! `Last-Event-ID`: an accepted id is the id of one of the order's events, byte for byte.
//!
//! Input: a byte for the number of the order's events, and the header.

#![no_main]

use api::fuzzing::last_event_id;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((events, header)) = input.split_first() else {
        return;
    };
    let events = usize::from(*events);
    if let Some(seen) = last_event_id(header, events) {
        assert!(seen <= events);
        assert_eq!(seen.to_string().as_bytes(), header);
    }
    assert_eq!(
        last_event_id(events.to_string().as_bytes(), events),
        Some(events)
    );
});
