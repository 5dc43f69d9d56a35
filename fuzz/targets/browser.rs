//! Session cookies: exactly one of its name is accepted. CSRF tokens: accepted only unchanged.
//!
//! Input: lines of `Cookie` headers; the last line is a CSRF token, or the change to make to a valid one.

#![no_main]

use api::fuzzing::{csrf_token, session_token, takes_csrf};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "a secret";

fn cookies(lines: &[&[u8]]) {
    let Some(token) = session_token(lines) else {
        return;
    };
    let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    assert!(token.len() == 67 && token.starts_with("sw_") && token[3..].bytes().all(hex));
    let named = lines.concat();
    let name = b"__Host-sw-session=";
    let times = named
        .windows(name.len())
        .filter(|part| part == name)
        .count();
    assert!(times >= 1);
    // An attacker who can add a cookie must not choose the session (session fixation).
    let twice: Vec<&[u8]> = lines.iter().chain(lines).copied().collect();
    assert_eq!(session_token(&twice), None);
}

fn csrf(line: &[u8]) {
    assert!(!takes_csrf(line, SECRET, "one"), "a forged token was accepted");
    let good = csrf_token(SECRET, "one");
    assert!(takes_csrf(good.as_bytes(), SECRET, "one"));
    assert!(!takes_csrf(good.as_bytes(), SECRET, "two"));
    let (Some(at), Some(put)) = (line.first(), line.get(1)) else {
        return;
    };
    let mut changed = good.clone().into_bytes();
    let at = usize::from(*at) % changed.len();
    changed[at] = *put;
    // The digits of the MAC are case-insensitive.
    let same = changed.eq_ignore_ascii_case(good.as_bytes()) && at < 64;
    if changed != good.as_bytes() && !same {
        assert!(!takes_csrf(&changed, SECRET, "one"));
    }
}

fuzz_target!(|input: &[u8]| {
    let lines: Vec<&[u8]> = input.split(|b| *b == b'\n').collect();
    if let Some((last, others)) = lines.split_last() {
        cookies(others);
        csrf(last);
    }
});
