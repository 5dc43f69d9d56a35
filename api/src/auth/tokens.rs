//! Bearer tokens, and the ids of API keys. Their prefixes let secret scanners find leaked ones.

const TOKEN: &str = "sw_";
const KEY: &str = "ak_";

/// Returns a new token of 32 random bytes.
pub(crate) fn fresh() -> String {
    format!("{TOKEN}{}", hex::encode(rand::random::<[u8; 32]>()))
}

/// Returns whether `text` has the shape of a token; Redis is not queried for anything else.
pub(crate) fn is_shaped(text: &str) -> bool {
    is_hex(text, TOKEN, 64)
}

/// Returns the id of a new API key.
pub(crate) fn fresh_key() -> String {
    format!("{KEY}{}", hex::encode(rand::random::<[u8; 12]>()))
}

/// Returns whether `text` has the shape of an API key's id.
pub(crate) fn is_key(text: &str) -> bool {
    is_hex(text, KEY, 24)
}

/// Returns whether `text` is `prefix` and so many lower-case hex digits.
pub(crate) fn is_hex(text: &str, prefix: &str, digits: usize) -> bool {
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
