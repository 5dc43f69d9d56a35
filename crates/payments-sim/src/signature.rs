//! The `Stripe-Signature` header of a callback.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Returns the `Stripe-Signature` value for `body` signed at `timestamp` (Unix seconds).
///
/// `t=<timestamp>,v1=<hex>`, where the MAC is HMAC-SHA256 over `<timestamp>.<body>` and the key
/// is the bytes of `secret`, not decoded.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    reason = "HMAC accepts a key of any length"
)]
pub fn sign(secret: &str, timestamp: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .expect("HMAC accepts a key of any length");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!(
        "t={timestamp},v1={}",
        hex::encode(mac.finalize().into_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn matches_a_value_computed_with_openssl() {
        assert_eq!(
            sign("whsec_test", 1_495_999_758, b"{}"),
            "t=1495999758,v1=3c3eade49c6d819979d5092c79f1482ce2025ea80110c6894f97a678fa76f0de"
        );
    }
}
