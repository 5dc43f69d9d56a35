//! Signature of Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over
//! `<webhook-id>.<webhook-timestamp>.<body>`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contracts::DeliveryId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Returns the value of `webhook-signature`: one signature per secret, separated by a space.
///
/// A secret is `whsec_` and the base64 of its key; a malformed one is left out.
pub fn sign<'a>(
    secrets: impl Iterator<Item = &'a str>,
    id: &DeliveryId,
    seconds: u64,
    body: &str,
) -> String {
    let signed = format!("{id}.{seconds}.{body}");
    let one = |secret: &str| {
        let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(signed.as_bytes());
        let mac = STANDARD.encode(mac.finalize().into_bytes());
        Some(format!("v1,{mac}"))
    };
    secrets.filter_map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::sign;

    // Computed with Python's hmac and base64 modules.
    #[test]
    fn a_known_message_has_the_known_signature() {
        let id = format!("msg_{}", "0".repeat(32)).parse().unwrap();
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let known = "v1,cRbNUByfSKwjf12xYEqDrgS+0KF8qVNOeOAGrnumPPo=";
        let signature = sign([secret].into_iter(), &id, 1_700_000_000, r#"{"a":1}"#);
        assert_eq!(signature, known);
        let two = sign([secret, "whsec_AAAA"].into_iter(), &id, 1, "");
        assert_eq!(two.split(' ').count(), 2);
        assert_eq!(sign(["no secret"].into_iter(), &id, 1, ""), "");
    }
}
