//! The language of a page, by the `Accept-Language` header.

use axum::http::{HeaderMap, header};

use super::words::{ENGLISH, GERMAN, Words};

/// Returns the texts in the language that a visitor prefers, English without a preference (RFC 9110, section 12.5.4).
pub(crate) fn of(headers: &HeaderMap) -> &'static Words {
    let accepted = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    let ranges = accepted.flat_map(|value| value.split(','));
    let mut best: (f32, &'static Words) = (0.0, &ENGLISH);
    for (words, quality) in ranges.filter_map(known) {
        // The first of equal ones.
        if quality > best.0 {
            best = (quality, words);
        }
    }
    best.1
}

/// Returns the texts and the quality of a language range such as `de-AT;q=0.8`, if it is known.
fn known(range: &str) -> Option<(&'static Words, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?;
    let primary = tag.split('-').next()?;
    let words = match primary.to_ascii_lowercase().as_str() {
        "en" | "*" => &ENGLISH,
        "de" => &GERMAN,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.strip_prefix("q="));
    Some((words, quality.map_or(Some(1.0), |text| text.parse().ok())?))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_preferred_language_is_chosen() {
        for (accepted, code) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("en-GB,en;q=0.9,de;q=0.8", "en"),
            ("fr, DE;q=0.3, en;q=0.2", "de"),
            ("fr", "en"),
            ("de;q=0, en;q=0.1", "en"),
            ("de;q=rubbish", "en"),
        ] {
            let value = HeaderValue::from_static(accepted);
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]);
            assert_eq!(of(&headers).code, code, "{accepted:?}");
        }
    }
}
