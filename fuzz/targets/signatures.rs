//! Signatures: none is forged, neither from nothing, nor by another spelling, nor by splitting the signed
//! text into another request.
//!
//! Input: three lines - header, method, target - and a body. The bytes of the header are also the places at
//! which the signed text is split.

#![no_main]

use api::fuzzing::{Signed, takes_callback, takes_request};
use hmac::{Hmac, KeyInit as _, Mac as _};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

const SECRET: &str = "a secret";
const NOW: i64 = 1_800_000_000;

fn mac(text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length will do");
    mac.update(text);
    hex::encode(mac.finalize().into_bytes())
}

/// Returns the text that a `v2` signature covers.
fn text_of(nonce: &str, request: Signed<'_>) -> Vec<u8> {
    let Signed { method, target, .. } = request;
    let head = format!("v2\n{NOW}\n{nonce}\n{method}\n{target}\n");
    [head.as_bytes(), request.body].concat()
}

/// Splits `text` at these places and drops the byte at each.
fn split<'a>(mut text: &'a [u8], places: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for place in places {
        // Any byte but a line end encodes a place.
        let at = usize::from(*place & 0x3f);
        if at >= text.len() {
            break;
        }
        pieces.push(&text[..at]);
        text = &text[at + 1..];
    }
    pieces.push(text);
    pieces
}

/// Tries to use the signature for another request.
fn splice(honest: Signed<'_>, nonce: &str, text: &[u8], places: &[u8]) {
    let mac = mac(text);
    let words = |piece: &'_ [u8]| String::from_utf8(piece.to_vec()).unwrap_or_default();
    let pieces = split(text, places);
    if let [time, body] = pieces[..] {
        let header = format!("t={},v1={mac}", words(time));
        let request = Signed { body, ..honest };
        assert!(
            !takes_request(&header, request, SECRET, NOW),
            "{header} {request:?}"
        );
        assert!(
            !takes_callback(header.as_bytes(), body, SECRET, NOW),
            "{header}"
        );
    }
    let pieces: Vec<&[u8]> = pieces
        .into_iter()
        .skip_while(|piece| *piece == b"v2")
        .collect();
    if let [time, other, method, target, body] = pieces[..] {
        let header = format!("t={},n={},v2={mac}", words(time), words(other));
        let (method, target) = (words(method), words(target));
        let request = Signed {
            method: &method,
            target: &target,
            body,
        };
        let same = request == honest && words(other) == nonce;
        let taken = takes_request(&header, request, SECRET, NOW);
        assert!(!taken || same, "{header} {request:?}, of {honest:?}");
    }
}

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(4, |b| *b == b'\n');
    let (Some(header), Some(method), Some(target), Some(body)) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    // A signature without the secret is refused.
    assert!(!takes_callback(header, body, SECRET, NOW));
    let (Ok(method), Ok(target)) = (str::from_utf8(method), str::from_utf8(target)) else {
        return;
    };
    let request = Signed {
        method,
        target,
        body,
    };
    if let Ok(header) = str::from_utf8(header) {
        assert!(!takes_request(header, request, SECRET, NOW));
    }

    // A signature with the secret is accepted, in time, for this body.
    let simple = format!(
        "t={NOW},v1={}",
        mac(&[format!("{NOW}.").as_bytes(), body].concat())
    );
    assert!(takes_callback(simple.as_bytes(), body, SECRET, NOW));
    assert!(!takes_callback(simple.as_bytes(), body, SECRET, NOW + 301));
    assert!(!takes_callback(simple.as_bytes(), body, "another", NOW));
    assert!(!takes_callback(
        simple.as_bytes(),
        &[body, b" "].concat(),
        SECRET,
        NOW
    ));

    let nonce = "7";
    let text = text_of(nonce, request);
    let bound = format!("t={NOW},n={nonce},v2={}", mac(&text));
    if takes_request(&bound, request, SECRET, NOW) {
        splice(request, nonce, &text, header);
    }
});
