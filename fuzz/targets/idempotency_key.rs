//! Idempotency keys: an accepted key equals the only header's value, quotes aside.
//!
//! Input: a line for the value of each `Idempotency-Key` header.

#![no_main]

use api::fuzzing::idempotency_key;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let values: Vec<&[u8]> = input.split(|b| *b == b'\n').collect();
    let Some(read) = idempotency_key(&values) else {
        return;
    };
    let key = read.expect("a header was sent, so there is a key");
    let [value] = values[..] else {
        panic!("{key:?} was read out of {} headers", values.len());
    };
    let quoted = format!("\"{key}\"");
    assert!(
        value == key.as_bytes() || value == quoted.as_bytes(),
        "{key:?}"
    );
    assert!((1..=255).contains(&key.len()) && !key.contains('"'));
    assert!(key.bytes().all(|b| b.is_ascii_graphic()));
    for spelling in [key.as_bytes(), quoted.as_bytes()] {
        assert_eq!(idempotency_key(&[spelling]), Some(Some(key.clone())));
    }
});
