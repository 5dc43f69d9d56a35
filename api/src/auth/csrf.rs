//! CSRF protection of cookie sessions.
//!
//! A browser sends cookies with requests of any site's page. An unsafe request that relies on a cookie must
//! therefore carry the session's token, which only pages of an allowed origin can read, and must not come from
//! another site by its `Sec-Fetch-Site` or `Origin` header, where the browser sends one.
//!
//! The token is `<mac>.<random>`, with `mac` the HMAC-SHA256 in hex of
//! `<len(session)>!<session>!<len(random)>!<random>` and `random` 64 bytes in hex: it is valid for one
//! session, and stateless. Source: OWASP, Cross-Site Request Forgery Prevention, signed double-submit
//! cookie and Fetch Metadata.

use axum::http::{HeaderMap, Method, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::problem::{Problem, kinds};

const HEADER: &str = "x-csrf-token";
const RANDOM_DIGITS: usize = 128;

/// Returns whether requests with this method are safe: they change nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Returns a new token for the session with this id.
pub(crate) fn fresh(secret: &str, session: &str) -> String {
    let random = hex::encode([rand::random::<[u8; 32]>(), rand::random::<[u8; 32]>()].concat());
    let mac = mac(secret, session, &random).map(|mac| mac.finalize().into_bytes());
    format!("{}.{random}", mac.map(hex::encode).unwrap_or_default())
}

fn mac(secret: &str, session: &str, random: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    let (one, two) = (session.len(), random.len());
    mac.update(format!("{one}!{session}!{two}!{random}").as_bytes());
    Some(mac)
}

fn is_valid(token: &str, secret: &str, session: &str) -> bool {
    let Some((given, random)) = token.split_once('.') else {
        return false;
    };
    let mut digest = [0; 32];
    random.len() == RANDOM_DIGITS
        && hex::decode_to_slice(given, &mut digest).is_ok()
        && mac(secret, session, random).is_some_and(|mac| mac.verify_slice(&digest).is_ok())
}

/// Passes when a page of this shop or of an origin in `allowed` sent the request. Without headers about the page's
/// site the token decides.
pub(crate) fn check(
    headers: &HeaderMap,
    secret: &str,
    session: &str,
    allowed: &[String],
) -> Result<(), Problem> {
    check_site(headers, allowed)?;
    let token = headers.get(HEADER).and_then(|token| token.to_str().ok());
    let token = token.ok_or_else(|| refused("The X-CSRF-Token header is missing."))?;
    check_token(token, secret, session)
}

/// Passes when `token` is one of the session with the id `session`.
pub(crate) fn check_token(token: &str, secret: &str, session: &str) -> Result<(), Problem> {
    if is_valid(token, secret, session) {
        Ok(())
    } else {
        Err(refused("The CSRF token is not one of this session."))
    }
}

/// Passes unless the browser names another site as the sender.
pub(crate) fn check_site(headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let origin = text(header::ORIGIN.as_str());
    if origin.is_some_and(|origin| allowed.iter().any(|one| one == origin)) {
        return Ok(());
    }
    let same = match (text("sec-fetch-site"), origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        // Older browsers send the origin only.
        (None, Some(origin)) => {
            let host = text(header::HOST.as_str());
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some() && authority == host
        }
        (None, None) => true,
    };
    if same {
        Ok(())
    } else {
        Err(refused("The request comes from another site."))
    }
}

fn refused(detail: &'static str) -> Problem {
    Problem::new(&kinds::CSRF).detail(format!(
        "{detail} GET /v1/auth/session returns a token of the session."
    ))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn site(pairs: &[(&'static str, &'static str)]) -> bool {
        let header = |(name, value): &(&'static str, &'static str)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        };
        let headers: HeaderMap = pairs.iter().map(header).collect();
        check_site(&headers, &["https://pages.example".to_owned()]).is_ok()
    }

    #[test]
    fn a_token_is_valid_for_its_session_only() {
        let token = fresh("secret", "one");
        assert_eq!(token.len(), 64 + 1 + RANDOM_DIGITS);
        assert!(is_valid(&token, "secret", "one"));
        assert!(!is_valid(&token, "secret", "two"));
        assert!(!is_valid(&token, "other", "one"));
        assert_ne!(token, fresh("secret", "one"));
        let flipped = token.replace(&token[..1], if &token[..1] == "0" { "1" } else { "0" });
        for bad in [
            "",
            ".",
            &token[..64],
            &token[1..],
            &flipped,
            &format!("{token}0"),
        ] {
            assert!(!is_valid(bad, "secret", "one"), "{bad:?}");
        }
    }

    #[test]
    fn the_token_has_the_published_construction() {
        let random = "ab".repeat(64);
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(format!("3!one!128!{random}").as_bytes());
        let token = format!("{}.{random}", hex::encode(mac.finalize().into_bytes()));
        assert!(is_valid(&token, "secret", "one"));
    }

    #[test]
    fn requests_of_other_sites_are_refused() {
        let host = ("host", "shop.example:8080");
        for (headers, good) in [
            (&[host][..], true),
            (&[host, ("sec-fetch-site", "same-origin")][..], true),
            (&[host, ("sec-fetch-site", "none")][..], true),
            (&[host, ("sec-fetch-site", "same-site")][..], false),
            (&[host, ("sec-fetch-site", "cross-site")][..], false),
            (&[host, ("sec-fetch-site", "")][..], false),
            (&[host, ("origin", "http://shop.example:8080")][..], true),
            (&[host, ("origin", "http://shop.example")][..], false),
            (&[host, ("origin", "http://evil.example")][..], false),
            (&[host, ("origin", "null")][..], false),
            (
                &[
                    host,
                    ("origin", "https://pages.example"),
                    ("sec-fetch-site", "cross-site"),
                ][..],
                true,
            ),
            (
                &[host, ("origin", "https://pages.example.evil.example")][..],
                false,
            ),
        ] {
            assert_eq!(site(headers), good, "{headers:?}");
        }
    }
}
