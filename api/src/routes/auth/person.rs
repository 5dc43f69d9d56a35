//! Who registers: the checks of a mail address, a name, a phone number and a password.

use serde_json::Value;

use crate::{
    http::body::{At, Faults, one_line},
    problem::Problem,
};

const LONGEST_NAME: usize = 100;

/// A registration that passed all checks.
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
}

pub(crate) fn read(body: &Value) -> Result<Person, Problem> {
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &["email", "password", "name", "phone"])
    else {
        return Err(faults.problem());
    };
    let email = faults.text(&fields, "email", email);
    let password = faults.text(&fields, "password", password);
    let name = faults.text(&fields, "name", |text| one_line(text, LONGEST_NAME));
    let phone = faults.optional_text(&fields, "phone", phone);
    match (email, password, name) {
        (Some(email), Some(password), Some(name)) => {
            faults.finish()?;
            Ok(Person {
                email,
                password,
                name,
                phone,
            })
        }
        _ => Err(faults.problem()),
    }
}

/// A plain `local@domain` in ASCII. Whether it exists only a mail can tell.
pub(crate) fn email(text: &str) -> Result<String, String> {
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
    if good && text.len() <= 254 {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("must be a mail address such as ada@example.com".to_owned())
    }
}

pub(crate) fn password(text: &str) -> Result<String, String> {
    if (8..=200).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err("must have 8 to 200 characters".to_owned())
    }
}

fn phone(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let good = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if good {
        Ok(text.to_owned())
    } else {
        Err("must be in E.164 form, such as +491701234567".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_checked_and_lowered() {
        assert_eq!(
            email(" Ada.L+shop@Example.COM "),
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
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn phone_numbers_are_e164() {
        assert!(phone("+491701234567").is_ok());
        for bad in [
            "",
            "+",
            "0170123456",
            "+0170123456",
            "+49 170 123456",
            "+1234567890123456",
        ] {
            assert!(phone(bad).is_err(), "{bad:?}");
        }
    }
}
