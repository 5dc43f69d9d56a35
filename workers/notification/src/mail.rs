//! Mail in wire format: multipart/alternative, with the headers of automatic mail.
//!
//! Names are user input. Control characters become blanks before they reach a header (prevents header
//! injection), and the mail library encodes the rest.

use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use streamward::clock;

use crate::{Mail, Recipient, SendError};

/// Maximum length of a name in headers, in characters.
const MAX_NAME: usize = 100;

/// Header of RFC 3834 that suppresses automatic replies.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mail<'_> {
    /// Composes the mail from `from` with all its headers, dated now.
    pub(crate) fn compose(&self, from: &Mailbox) -> Result<Message, SendError> {
        let now = UNIX_EPOCH + Duration::from_millis(clock::local_ms());
        let id = format!("<{}.email@{}>", self.id.header(), from.email.domain());
        let mut builder = Message::builder()
            .from(from.clone())
            .date(now)
            .message_id(Some(id))
            .subject(one_line(&self.content.subject))
            .header(AutoSubmitted);
        for recipient in &self.to {
            builder = builder.to(mailbox(recipient)?);
        }
        let (text, html) = (self.content.text.clone(), self.content.html.clone());
        builder
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|error| SendError::refused(format!("no mail can be made: {error}")))
    }
}

/// Replaces control characters by blanks (prevents header injection).
pub(crate) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect()
}

fn mailbox(recipient: &Recipient) -> Result<Mailbox, SendError> {
    let address = &recipient.address;
    let email = address.parse::<Address>().map_err(|error| {
        SendError::refused(format!("mail to {address:?}: not an address: {error}"))
    })?;
    let name = recipient.name.as_deref().map(one_line);
    let name = name.map(|name| name.trim().chars().take(MAX_NAME).collect::<String>());
    Ok(Mailbox::new(name.filter(|name| !name.is_empty()), email))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Content, MessageId};

    fn composed(name: &str, nth: Option<&str>) -> Result<String, SendError> {
        let id = MessageId {
            subject: "01J8".to_owned(),
            kind: "paymentFailed",
            nth: nth.map(str::to_owned),
        };
        let content = Content {
            subject: "Grüße\r\nBcc: eve@example.com".to_owned(),
            text: "Plain, ünicode\n.\nafter a dot\n".to_owned(),
            html: "<p>Rich</p>\n".to_owned(),
            sms: String::new(),
        };
        let to = vec![Recipient {
            name: Some(name.to_owned()),
            address: "ada@example.com".to_owned(),
        }];
        let mail = Mail {
            id: &id,
            to,
            content: &content,
        };
        let from = "The Shop <shop@shop.example>".parse().unwrap();
        let bytes = mail.compose(&from)?.formatted();
        Ok(String::from_utf8(bytes).expect("a mail is ASCII"))
    }

    fn headers(mail: &str) -> Vec<&str> {
        let (head, _) = mail.split_once("\r\n\r\n").expect("head and body");
        head.split("\r\n").collect()
    }

    #[test]
    fn a_mail_is_multipart_with_the_headers_of_automatic_mail() {
        let mail = composed("Ada", None).unwrap();
        let headers = headers(&mail);
        for header in [
            "From: \"The Shop\" <shop@shop.example>",
            "To: Ada <ada@example.com>",
            "Message-ID: <01J8.paymentFailed.email@shop.example>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(headers.contains(&header), "{header}: {mail}");
        }
        let starts = |start: &str| headers.iter().filter(|it| it.starts_with(start)).count();
        assert_eq!(starts("Date: "), 1, "{mail}");
        assert_eq!(starts("Content-Type: multipart/alternative;"), 1, "{mail}");
        let (plain, html) = (
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html",
        );
        let at = |part: &str| mail.find(part).unwrap_or_else(|| panic!("{part}: {mail}"));
        assert!(at(plain) < at(html), "plain text comes first");
        assert!(mail.is_ascii(), "{mail}");
    }

    #[test]
    fn neither_name_nor_subject_can_inject_a_header() {
        for name in [
            "Ada\r\nBcc: eve@example.com",
            "Ada\nBcc: eve@example.com",
            "Ada\rBcc: eve@example.com",
            "\" <eve@example.com>, \"",
            "Ada, Eve <eve@example.com>",
            "Söhne\r\n\r\nBody",
            &"x".repeat(5000),
            "\r\n",
        ] {
            let mail = composed(name, None).unwrap();
            let headers = headers(&mail);
            let known = headers.iter().filter(|line| !line.starts_with([' ', '\t']));
            let names: Vec<&str> = known.filter_map(|line| line.split(':').next()).collect();
            let expected = [
                "From",
                "Date",
                "Message-ID",
                "Subject",
                "Auto-Submitted",
                "To",
                "MIME-Version",
                "Content-Type",
            ];
            assert_eq!(names, expected, "{name:?}: {mail}");
            assert!(headers.iter().all(|line| line.len() < 200), "{mail}");
        }
    }

    #[test]
    fn the_message_id_follows_from_subject_kind_and_occurrence() {
        let id = |nth| {
            let mail = composed("Ada", nth).unwrap();
            let id = headers(&mail)
                .into_iter()
                .find(|it| it.starts_with("Message-ID"));
            id.expect("it has one").to_owned()
        };
        assert_eq!(id(Some("e1")), id(Some("e1")));
        assert_ne!(id(Some("e1")), id(Some("e2")));
        assert_ne!(id(Some("e1")), id(None));
    }

    #[test]
    fn an_invalid_address_is_refused_permanently() {
        let to = Recipient {
            name: None,
            address: "ada@example.com\r\nRCPT TO:<eve@example.com>".to_owned(),
        };
        assert!(matches!(mailbox(&to), Err(SendError::Refused { .. })));
    }
}
