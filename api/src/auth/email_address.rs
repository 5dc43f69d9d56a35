//! Mail addresses: a plain `local@domain` in ASCII. Only a mail can tell whether it exists.

use serde_json::{Value, json};

use crate::http::TextField;

const LONGEST: usize = 254;

/// A mail address, read in lower case.
pub(crate) struct EmailAddress;

impl TextField for EmailAddress {
    type Value = String;

    fn parse(text: &str) -> Result<String, String> {
        let local_char = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        let atom = |part: &str| !part.is_empty() && part.bytes().all(local_char);
        let label = |part: &str| {
            (1..=63).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        let text = text.trim();
        let good = text.rsplit_once('@').is_some_and(|(local, domain)| {
            local.len() <= 64
                && local.split('.').all(atom)
                && domain.contains('.')
                && domain.split('.').all(label)
        });
        if good && text.len() <= LONGEST {
            Ok(text.to_ascii_lowercase())
        } else {
            Err("must be a mail address such as ada@example.com".to_owned())
        }
    }

    fn limits() -> Value {
        json!({ "format": "email", "maxLength": LONGEST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_checked_and_lowered() {
        assert_eq!(
            EmailAddress::parse(" Ada.L+shop@Example.COM "),
            Ok("ada.l+shop@example.com".to_owned())
        );
        for bad in [
            "",
            "@",
            "ada",
            "ada@",
            "@b.c",
            "ada@localhost",
            "a b@c.de",
            "ada@-x.de",
            "a@b..c",
            ".a@b.cd",
            "ada@b.cd\r\nBcc: x@y.zz",
            "a@b@c.de\u{0}",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }
}
