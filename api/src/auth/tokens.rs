//! Bearer tokens, API keys' ids and secrets.

const TOKEN: &str = "sw_";
const KEY: &str = "ak_";

/// A new token: 32 random bytes. The prefix lets secret scanners find leaked ones.
pub(crate) fn fresh() -> String {
    format!("{TOKEN}{}", hex::encode(rand::random::<[u8; 32]>()))
}

/// Whether `text` can be a token at all; anything else is not worth asking Redis about.
pub(crate) fn is_shaped(text: &str) -> bool {
    is_hex(text, TOKEN, 64)
}

/// The id of a new API key.
pub(crate) fn fresh_key() -> String {
    format!("{KEY}{}", hex::encode(rand::random::<[u8; 12]>()))
}

/// Whether `text` can be the id of an API key.
pub(crate) fn is_key(text: &str) -> bool {
    is_hex(text, KEY, 24)
}

fn is_hex(text: &str, prefix: &str, digits: usize) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == digits && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_and_anything_else_is_not() {
        assert!(is_shaped(&fresh()));
        assert_ne!(fresh(), fresh());
        for bad in ["", "sw_", "sw_00", &fresh().to_uppercase(), &fresh()[1..]] {
            assert!(!is_shaped(bad), "{bad:?}");
        }
        assert!(is_key(&fresh_key()));
        assert!(!is_key(&fresh()) && !is_shaped(&fresh_key()));
    }
}
