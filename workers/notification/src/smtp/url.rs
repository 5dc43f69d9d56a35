//! URL of a mail server.
//!
//! Neither errors nor `Debug` quote the URL: it may hold a password.

use std::fmt;

use lettre::transport::smtp::authentication::Credentials;
use reqwest::Url;

/// Error of an invalid URL of a mail server. Never quotes the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; expected smtp://[user:password@]host[:port][?tls=required|opportunistic|none] or smtps://.."
)]
pub struct BadSmtpUrl(&'static str);

/// Encryption of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// TLS from the first byte.
    Wrapped,
    /// STARTTLS; no mail without it.
    Required,
    /// STARTTLS if the server offers it.
    Opportunistic,
    /// No encryption.
    None,
}

/// Address, encryption and login of a mail server.
#[derive(Clone)]
pub(crate) struct SmtpUrl {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
    pub(crate) login: Option<Credentials>,
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpUrl")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl SmtpUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, BadSmtpUrl> {
        let url = Url::parse(text).map_err(|_| BadSmtpUrl("is not a URL"))?;
        if !matches!(url.path(), "" | "/") {
            return Err(BadSmtpUrl("has a path"));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(BadSmtpUrl("names no host"))?;
        let login = login(&url)?;
        let tls = tls(&url, login.is_some())?;
        let port = match tls {
            Tls::Wrapped => 465,
            Tls::Required | Tls::Opportunistic | Tls::None => 587,
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            tls,
            login,
        })
    }
}

fn login(url: &Url) -> Result<Option<Credentials>, BadSmtpUrl> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(BadSmtpUrl("has a password and no user")),
        (_, None) => Err(BadSmtpUrl("has a user and no password")),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
    }
}

fn tls(url: &Url, login: bool) -> Result<Tls, BadSmtpUrl> {
    let mut requested = None;
    for (name, value) in url.query_pairs() {
        requested = match (&*name, &*value) {
            ("tls", "required") => Some(Tls::Required),
            ("tls", "opportunistic") => Some(Tls::Opportunistic),
            ("tls", "none") => Some(Tls::None),
            ("tls", _) => return Err(BadSmtpUrl("has an unknown value for tls")),
            _ => return Err(BadSmtpUrl("has a parameter other than tls")),
        };
    }
    match (url.scheme(), requested) {
        ("smtps", None | Some(Tls::Required)) => Ok(Tls::Wrapped),
        ("smtps", Some(_)) => Err(BadSmtpUrl(
            "is smtps and contradicts it with another tls value",
        )),
        // An attacker who strips STARTTLS from the response would receive the password.
        ("smtp", Some(Tls::Opportunistic)) if login => Err(BadSmtpUrl(
            "would show its password to anyone on the way: say tls=required, or tls=none if you must",
        )),
        ("smtp", Some(tls)) => Ok(tls),
        ("smtp", None) if login => Ok(Tls::Required),
        ("smtp", None) => Ok(Tls::Opportunistic),
        _ => Err(BadSmtpUrl("has another scheme")),
    }
}

/// Decodes percent-encoding.
fn decoded(text: &str) -> Result<String, BadSmtpUrl> {
    let bad = BadSmtpUrl("has a broken % in user or password");
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, tail @ ..] = rest {
        (bytes, rest) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).ok_or(bad);
                let value = digit(high)? * 16 + digit(low)?;
                bytes.push(u8::try_from(value).map_err(|_| bad)?);
                (bytes, tail)
            }
            (b'%', _) => return Err(bad),
            (other, tail) => {
                bytes.push(*other);
                (bytes, tail)
            }
        };
    }
    String::from_utf8(bytes).map_err(|_| bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> SmtpUrl {
        SmtpUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_url_has_host_port_and_encryption() {
        for (text, host, port, tls) in [
            (
                "smtp://mail.example",
                "mail.example",
                587,
                Tls::Opportunistic,
            ),
            (
                "smtp://127.0.0.1:2525",
                "127.0.0.1",
                2525,
                Tls::Opportunistic,
            ),
            ("smtp://[::1]:25?tls=none", "::1", 25, Tls::None),
            (
                "smtp://mail.example?tls=required",
                "mail.example",
                587,
                Tls::Required,
            ),
            ("smtps://mail.example", "mail.example", 465, Tls::Wrapped),
            (
                "smtp://a:b@mail.example",
                "mail.example",
                587,
                Tls::Required,
            ),
            ("smtp://a:b@localhost?tls=none", "localhost", 587, Tls::None),
        ] {
            let url = parsed(text);
            assert_eq!((&*url.host, url.port, url.tls), (host, port, tls), "{text}");
        }
    }

    #[test]
    fn a_login_may_hold_any_character_and_is_never_logged() {
        let url = parsed("smtps://ada%40example.com:p%3Aw%25%C3%A4@mail.example");
        let expected = Credentials::new("ada@example.com".to_owned(), "p:w%ä".to_owned());
        assert_eq!(url.login, Some(expected));
        let shown = format!("{url:?}");
        assert!(!shown.contains("ada") && !shown.contains("p:w"), "{shown}");
    }

    #[test]
    fn a_bad_url_is_refused_without_being_quoted() {
        for text in [
            "mail.example:25",
            "http://mail.example",
            "smtp://",
            "smtp://s3cret@mail.example",
            "smtp://:s3cret@mail.example",
            "smtp://a:s3cret%zz@mail.example",
            "smtp://a:s3cret%@mail.example",
            "smtp://a:s3cret@mail.example?tls=opportunistic",
            "smtp://a:s3cret@mail.example?tls=sometimes",
            "smtp://a:s3cret@mail.example/inbox",
            "smtps://a:s3cret@mail.example?tls=none",
            "smtp://a:s3cret@mail.example?verify=no",
        ] {
            let error = SmtpUrl::parse(text).map(drop).expect_err(text).to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
