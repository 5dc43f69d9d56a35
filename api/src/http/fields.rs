//! Kinds of values that several request bodies have.

use std::marker::PhantomData;

use contracts::{CouponCode, Currency, Money, ProductId, money::MAX_AMOUNT};
use serde_json::{Value, json};
use streamward::clock::parse_rfc3339;
use utoipa::PartialSchema;

use super::{At, Components, Faults, Field, Member as _, TextField, reference};

/// Control characters, as a class of a regular expression: Unicode's category Cc.
macro_rules! control {
    () => {
        r"\x00-\x1f\x7f-\x9f"
    };
}

/// Defines a kind of string: further members of its schema, its rule, and the test of the rule.
macro_rules! text_field {
    ($(#[doc = $doc:literal])* $name:ident, $schema:tt $(, $rule:literal, $fits:expr)?) => {
        $(#[doc = $doc])*
        pub(crate) struct $name;

        impl $crate::http::TextField for $name {
            type Value = String;

            fn parse(text: &str) -> Result<String, String> {
                $(
                    let fits: fn(&str) -> bool = $fits;
                    if !fits(text) {
                        return Err(format!($rule));
                    }
                )?
                Ok(text.to_owned())
            }

            fn limits() -> serde_json::Value {
                serde_json::json!($schema)
            }
        }
    };
}
pub(crate) use text_field;

text_field!(
    /// Any string.
    Text, {}
);
text_field!(
    /// A string of at least one character.
    NotEmpty, { "minLength": 1 }, "must not be empty", |text| !text.is_empty()
);
text_field!(
    /// A current password, or the password of a login: any string.
    Password, { "format": "password" }
);
text_field!(
    /// A password to be set: 8 to 200 characters.
    NewPasswordText, { "minLength": 8, "maxLength": 200, "format": "password" },
    "must have 8 to 200 characters",
    |text| (8..=200).contains(&text.chars().count())
);
text_field!(
    /// The name of a payment method.
    PaymentMethod, { "pattern": "^[A-Za-z0-9_]{1,64}$" },
    "must be 1 to 64 characters of A-Z, a-z, 0-9 and '_'",
    |text| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        (1..=64).contains(&text.len()) && text.bytes().all(plain)
    }
);

/// A single line of up to `MOST` characters, surrounding blanks not counted, for lists and mail headers.
pub(crate) struct Line<const MOST: usize>;

impl<const MOST: usize> TextField for Line<MOST> {
    type Value = String;

    fn parse(text: &str) -> Result<String, String> {
        let text = text.trim();
        if (1..=MOST).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(text.to_owned())
        } else {
            Err(format!(
                "must have 1 to {MOST} characters, none of them a control character"
            ))
        }
    }

    fn limits() -> Value {
        let pattern = concat!(
            "^[^",
            control!(),
            r"]*[^\s",
            control!(),
            "][^",
            control!(),
            "]*$"
        );
        json!({ "maxLength": MOST, "pattern": pattern })
    }
}

impl TextField for CouponCode {
    type Value = Self;

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "must be 3 to 32 characters of A-Z, 0-9, '-' or '_'".to_owned())
    }

    fn limits() -> Value {
        // Case-insensitive on input.
        json!({ "pattern": "^[A-Za-z0-9_-]{3,32}$" })
    }
}

impl TextField for ProductId {
    type Value = Self;

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            "must be 1 to 64 characters of a-z, 0-9, '-', '_' or '.', a letter or digit first"
                .to_owned()
        })
    }

    fn limits() -> Value {
        json!({ "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$" })
    }
}

/// An RFC 3339 time, read as Unix milliseconds.
pub(crate) struct Time;

impl TextField for Time {
    type Value = u64;

    fn parse(text: &str) -> Result<u64, String> {
        parse_rfc3339(text)
            .ok_or_else(|| "must be an RFC 3339 time such as 2026-12-31T23:59:59Z".to_owned())
    }

    fn limits() -> Value {
        json!({ "format": "date-time" })
    }
}

impl Field for bool {
    type Value = Self;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let flag = value.as_bool();
        if flag.is_none() {
            faults.add(at, "must be true or false");
        }
        flag
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

/// An integer from `LEAST` to `MOST`, read as a `T`.
pub(crate) struct Integer<T, const LEAST: i64, const MOST: i64>(PhantomData<T>);

impl<T: TryFrom<i64> + PartialSchema, const LEAST: i64, const MOST: i64> Field
    for Integer<T, LEAST, MOST>
{
    type Value = T;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<T> {
        let integer = value.as_i64().filter(|it| (LEAST..=MOST).contains(it));
        let integer = integer.and_then(|integer| T::try_from(integer).ok());
        if integer.is_none() {
            faults.add(at, format!("must be an integer from {LEAST} to {MOST}"));
        }
        integer
    }

    fn schema() -> Value {
        let mut schema = serde_json::to_value(T::schema()).unwrap_or_default();
        schema["minimum"] = json!(LEAST);
        schema["maximum"] = json!(MOST);
        schema
    }
}

impl Field for Money {
    type Value = Self;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let fields = faults.object(value, at, &["amount", "currency"])?;
        let amount = Minor::read_member(&fields, "amount", faults);
        let currency = Currency::read_member(&fields, "currency", faults);
        Some(Self::new(amount?, currency?))
    }

    fn schema() -> Value {
        reference("Money")
    }

    fn add_components(components: &mut Components) {
        let schema = <Self as PartialSchema>::schema();
        let schema = serde_json::to_value(schema).unwrap_or_default();
        components.insert("Money".to_owned(), schema);
    }
}

/// An amount of minor units, 0 to 2^53 - 1.
struct Minor;

impl Field for Minor {
    type Value = i64;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<i64> {
        let minor = value.as_i64().filter(|it| (0..=MAX_AMOUNT).contains(it));
        if minor.is_none() {
            let detail = format!("must be an integer of minor units from 0 to {MAX_AMOUNT}");
            faults.add(at, detail);
        }
        minor
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": MAX_AMOUNT })
    }
}

impl TextField for Currency {
    type Value = Self;

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "must be three upper-case letters".to_owned())
    }
}
