//! The shop's cookies: of a browser's session the token, hidden from scripts, and the CSRF token, which scripts read;
//! of the pages what a visitor has without a session.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::auth::tokens;

const SESSION: &str = "sw-session";
const CSRF: &str = "sw-csrf";

/// Names and attributes of the cookies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    prefix: &'static str,
    secure: &'static str,
}

impl Cookies {
    /// Creates cookies for https and localhost, or `plain` ones, without `Secure`, for http.
    pub(crate) const fn new(plain: bool) -> Self {
        let (prefix, secure) = if plain {
            ("", "")
        } else {
            ("__Host-", "; Secure")
        };
        Self { prefix, secure }
    }

    /// Returns the session's token among a request's cookies.
    pub(crate) fn token(self, headers: &HeaderMap) -> Option<&str> {
        self.get(headers, SESSION)
            .filter(|token| tokens::is_shaped(token))
    }

    /// Returns the value of the cookie `name`. Two cookies of the name are refused: a sibling domain may have injected
    /// one.
    pub(crate) fn get<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let mut found = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(full, _)| full.strip_prefix(self.prefix) == Some(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Sets both cookies.
    pub(crate) fn open(self, headers: &mut HeaderMap, token: &str, csrf: &str, seconds: u64) {
        self.set(headers, SESSION, token, "; HttpOnly", seconds);
        self.show_csrf(headers, csrf, seconds);
    }

    /// Sets the cookie of the CSRF token.
    pub(crate) fn show_csrf(self, headers: &mut HeaderMap, csrf: &str, seconds: u64) {
        self.set(headers, CSRF, csrf, "", seconds);
    }

    /// Removes both cookies.
    pub(crate) fn close(self, headers: &mut HeaderMap) {
        self.set(headers, SESSION, "", "; HttpOnly", 0);
        self.set(headers, CSRF, "", "", 0);
    }

    /// Sets a cookie that scripts do not see; with an empty value it is removed.
    pub(crate) fn set_http_only(
        self,
        headers: &mut HeaderMap,
        name: &str,
        value: &str,
        seconds: u64,
    ) {
        let seconds = if value.is_empty() { 0 } else { seconds };
        self.set(headers, name, value, "; HttpOnly", seconds);
    }

    fn set(self, headers: &mut HeaderMap, name: &str, value: &str, hidden: &str, seconds: u64) {
        let Self { prefix, secure } = self;
        let cookie = format!(
            "{prefix}{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax{secure}{hidden}"
        );
        // Tokens, ids and numbers always form a header value.
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_in(cookies: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        Cookies::new(false).token(&headers).map(ToOwned::to_owned)
    }

    #[test]
    fn the_session_is_found_among_other_cookies_and_duplicates_are_refused() {
        let token = tokens::fresh();
        let ours = format!("__Host-sw-session={token}");
        assert_eq!(
            token_in(&[&format!("a=b; {ours}; c=d")]),
            Some(token.clone())
        );
        assert_eq!(token_in(&["a=b", &ours]), Some(token.clone()));
        assert_eq!(token_in(&[&format!("{ours}; {ours}")]), None);
        assert_eq!(token_in(&[&format!("sw-session={token}")]), None);
        assert_eq!(token_in(&["__Host-sw-session=sw_00"]), None);
        assert_eq!(token_in(&[]), None);
    }

    #[test]
    fn the_session_cookie_is_hidden_from_scripts_and_other_sites() {
        let mut headers = HeaderMap::new();
        Cookies::new(false).open(&mut headers, "sw_1", "mac.random", 60);
        let set: Vec<_> = headers.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(
            set,
            [
                "__Host-sw-session=sw_1; Path=/; Max-Age=60; SameSite=Lax; Secure; HttpOnly",
                "__Host-sw-csrf=mac.random; Path=/; Max-Age=60; SameSite=Lax; Secure",
            ]
        );
    }
}
