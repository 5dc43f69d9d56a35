//! Amounts and times as people read them.

use contracts::Money;
use streamward::clock;

use super::words::Words;

/// Returns an amount with separators and symbol of a language: `€1,234.50`, `1.234,50 €`, `500 JPY`.
pub(crate) fn money(words: &Words, money: Money) -> String {
    let decimal = money.decimal();
    let (sign, decimal) = match decimal.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", decimal.as_str()),
    };
    let (whole, rest) = decimal.split_once('.').unwrap_or((decimal, ""));
    let is_german = words.code == "de";
    let (thousands, point) = if is_german { ('.', ',') } else { (',', '.') };
    let mut number = String::with_capacity(decimal.len() + 8);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            number.push(thousands);
        }
        number.push(digit);
    }
    if !rest.is_empty() {
        number.push(point);
        number.push_str(rest);
    }
    let symbol = match money.currency.as_str() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        code => return format!("{sign}{number}\u{a0}{code}"),
    };
    if is_german {
        format!("{sign}{number}\u{a0}{symbol}")
    } else {
        format!("{sign}{symbol}{number}")
    }
}

/// A time: for programs, and for people until a script shows it in their zone.
#[derive(Debug)]
pub(crate) struct Moment {
    pub(crate) exact: String,
    pub(crate) shown: String,
}

impl Moment {
    /// Returns the moment of Unix milliseconds.
    pub(crate) fn of(ms: u64) -> Self {
        let exact = clock::rfc3339(ms);
        // RFC 3339 is ASCII: the date, `T`, hours and minutes.
        let date = exact.get(..10).unwrap_or_default();
        let time = exact.get(11..16).unwrap_or_default();
        let shown = format!("{date} {time} UTC");
        Self { exact, shown }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::words::{ENGLISH, GERMAN},
        *,
    };

    #[test]
    fn amounts_have_the_separators_of_the_language() {
        let shown = |minor, code: &str| {
            let amount = Money::new(minor, code.parse().unwrap());
            (money(&ENGLISH, amount), money(&GERMAN, amount))
        };
        let pair = |english: &str, german: &str| (english.to_owned(), german.to_owned());
        assert_eq!(shown(1990, "EUR"), pair("€19.90", "19,90\u{a0}€"));
        assert_eq!(
            shown(123_456_789, "USD"),
            pair("$1,234,567.89", "1.234.567,89\u{a0}$")
        );
        assert_eq!(
            shown(-159, "EUR"),
            pair("\u{2212}€1.59", "\u{2212}1,59\u{a0}€")
        );
        assert_eq!(shown(5, "GBP"), pair("£0.05", "0,05\u{a0}£"));
        assert_eq!(shown(1500, "JPY"), pair("1,500\u{a0}JPY", "1.500\u{a0}JPY"));
        assert_eq!(shown(1250, "KWD"), pair("1.250\u{a0}KWD", "1,250\u{a0}KWD"));
    }

    #[test]
    fn a_moment_has_minutes() {
        let moment = Moment::of(1_764_361_845_123);
        assert_eq!(moment.shown, "2025-11-28 20:30 UTC");
        assert_eq!(moment.exact, "2025-11-28T20:30:45.123Z");
    }
}
