//! Money: integer minor units and an ISO 4217 code, never a floating-point number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Largest amount: below 2^53, so that JSON readers and Redis' own MessagePack keep it exact.
pub const MAX_AMOUNT: i64 = (1 << 53) - 1;

/// An upper-case ISO 4217 code such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// A text that is not a currency code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency: expected three upper-case letters (ISO 4217)")]
pub struct NotCurrency(String);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Returns the number of decimals: 2, for some currencies 0 or 3, as Stripe counts them.
    pub const fn decimals(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"JPY" | b"KMF" | b"KRW" | b"MGA" | b"PYG"
            | b"RWF" | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"JOD" | b"KWD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// Returns the code, for example `EUR`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = NotCurrency;

    fn from_str(text: &str) -> Result<Self, NotCurrency> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(NotCurrency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = NotCurrency;

    fn try_from(text: String) -> Result<Self, NotCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount in minor units (cents for EUR) of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Money {
    /// Minor units: 1990 is 19.90 EUR.
    #[cfg_attr(
        feature = "utoipa",
        schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 1990)
    )]
    pub amount: i64,
    /// The currency, by ISO 4217.
    #[cfg_attr(
        feature = "utoipa",
        schema(value_type = String, pattern = "^[A-Z]{3}$", example = "EUR")
    )]
    pub currency: Currency,
}

impl Money {
    /// Returns `amount` minor units of `currency`.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Formats the amount without its currency: `19.90`.
    pub fn decimal(&self) -> String {
        let sign = if self.amount < 0 { "-" } else { "" };
        let (minor, decimals) = (self.amount.unsigned_abs(), self.currency.decimals());
        let unit = 10_u64.pow(decimals);
        let whole = minor / unit;
        match decimals {
            0 => format!("{sign}{whole}"),
            _ => {
                let (rest, width) = (minor % unit, decimals as usize);
                format!("{sign}{whole}.{rest:0width$}")
            }
        }
    }

    /// Parses a decimal amount: digits, and after a point at most as many as the currency has
    /// decimals. Returns `None` for anything else, and for more than [`MAX_AMOUNT`].
    pub fn parse(text: &str, currency: Currency) -> Option<Self> {
        let (whole, rest) = text
            .split_once('.')
            .map_or((text, None), |(whole, rest)| (whole, Some(rest)));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let decimals = currency.decimals() as usize;
        let fits = |rest: &str| digits(rest) && rest.len() <= decimals;
        if !digits(whole) || rest.is_some_and(|rest| !fits(rest)) {
            return None;
        }
        let minor = format!("{whole}{:0<decimals$}", rest.unwrap_or_default());
        let amount = minor.parse().ok().filter(|amount| *amount <= MAX_AMOUNT)?;
        Some(Self { amount, currency })
    }
}

impl fmt::Display for Money {
    /// Formats as `19.90 EUR`, `500 JPY`, `1.250 KWD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_an_integer_amount_and_a_code() {
        let money = Money::new(1990, Currency::EUR);
        let json = serde_json::to_string(&money).unwrap();
        assert_eq!(json, r#"{"amount":1990,"currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        for bad in [
            r#"{"amount":19.9,"currency":"EUR"}"#,
            r#"{"amount":1990,"currency":"eur"}"#,
            r#"{"amount":1990,"currency":"EUR","cents":1}"#,
        ] {
            assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn money_is_shown_with_the_decimals_of_its_currency() {
        assert_eq!(Money::new(5, Currency::EUR).to_string(), "0.05 EUR");
        assert_eq!(Money::new(-1990, Currency::EUR).to_string(), "-19.90 EUR");
        let of = |amount, code: &str| Money::new(amount, code.parse().unwrap()).to_string();
        assert_eq!(of(500, "JPY"), "500 JPY");
        assert_eq!(of(-1, "KRW"), "-1 KRW");
        assert_eq!(of(1250, "KWD"), "1.250 KWD");
        assert_eq!(of(7, "TND"), "0.007 TND");
    }

    #[test]
    fn decimal_amounts_parse_and_malformed_ones_do_not() {
        for (text, code, amount) in [
            ("19.90", "EUR", 1990),
            ("19.9", "EUR", 1990),
            ("19", "EUR", 1900),
            ("500", "JPY", 500),
            ("1.25", "KWD", 1250),
            ("0", "EUR", 0),
        ] {
            let currency = code.parse().unwrap();
            assert_eq!(
                Money::parse(text, currency),
                Some(Money::new(amount, currency))
            );
            let money = Money::new(amount, currency);
            assert_eq!(Money::parse(&money.decimal(), currency), Some(money));
        }
        for (text, code) in [
            ("19.900", "EUR"),
            ("5.0", "JPY"),
            ("-1", "EUR"),
            ("1,50", "EUR"),
            ("", "EUR"),
            (".5", "EUR"),
            ("5.", "EUR"),
            ("1e3", "EUR"),
            ("99999999999999.99", "EUR"),
        ] {
            assert_eq!(Money::parse(text, code.parse().unwrap()), None, "{text}");
        }
    }
}
