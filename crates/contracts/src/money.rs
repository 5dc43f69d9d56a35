//! Money: integer minor units and an ISO 4217 code, never a floating-point number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Amounts stay below 2^53, so that JSON readers and Redis' own MessagePack keep them exact.
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

    /// The code, for example `EUR`.
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
pub struct Money {
    /// Minor units: 1990 is 19.90 EUR.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// `amount` minor units of `currency`.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }
}

impl fmt::Display for Money {
    /// Two decimals, the number of all currencies the demo shop knows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.amount < 0 { "-" } else { "" };
        let minor = self.amount.unsigned_abs();
        write!(
            f,
            "{sign}{}.{:02} {}",
            minor / 100,
            minor % 100,
            self.currency
        )
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
    fn money_reads_as_people_write_it() {
        assert_eq!(Money::new(5, Currency::EUR).to_string(), "0.05 EUR");
        assert_eq!(Money::new(-1990, Currency::EUR).to_string(), "-19.90 EUR");
    }
}
