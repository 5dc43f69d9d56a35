//! Bearer tokens.

const PREFIX: &str = "sw_";
const DIGITS: usize = 64;

/// A new token: 32 random bytes. The prefix lets secret scanners find leaked ones.
pub(crate) fn fresh() -> String {
    format!("{PREFIX}{}", hex::encode(rand::random::<[u8; 32]>()))
}

/// Whether `text` can be a token at all; anything else is not worth asking Redis about.
pub(crate) fn is_shaped(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|digits| {
        digits.len() == DIGITS
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
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
    }
}
