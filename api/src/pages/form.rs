//! Forms as browsers post them.

use std::collections::HashMap;

use axum::{
    extract::{FromRequest, FromRequestParts as _, Request},
    http::header,
};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::visitor::Visitor;
use crate::{
    Api,
    auth::csrf,
    http::{JsonBody, body},
    problem::Problem,
};

const KIND: &str = "application/x-www-form-urlencoded";
/// The field of the CSRF token.
const CSRF: &str = "csrf";

/// A posted form and its visitor.
///
/// While it is unknown who the visitor is, nothing is changed. Forms of other sites are refused by the browser's headers, with and without a session; with a session in cookies the
/// form carries its CSRF token.
pub(crate) struct PageForm {
    pub(crate) visitor: Visitor,
    fields: HashMap<String, String>,
}

impl FromRequest<Api> for PageForm {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (mut head, body) = request.into_parts();
        // Pages of other origins may use the API, but never post forms.
        csrf::check_site(&head.headers, &[])?;
        let kind = head.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(KIND) {
            return Err(Problem::media_type());
        }
        let body = body::read(api, body).await?;
        let fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
        let Ok(mut visitor) = Visitor::from_request_parts(&mut head, api).await;
        visitor.return_to_parent();
        visitor.check_known()?;
        if let Some(session) = visitor.session.as_ref().filter(|session| session.cookie) {
            let token = fields.get(CSRF).map_or("", String::as_str);
            csrf::check_token(token, &api.secret, &session.id)?;
        }
        Ok(Self { visitor, fields })
    }
}

impl PageForm {
    /// Returns a field, surrounding blanks removed; empty when the form does not have it.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.trim())
    }

    /// Returns a field as it was entered: passwords keep their blanks.
    pub(crate) fn secret(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Returns the body that the API's route reads: `texts`, those left out that are empty, and `secrets`.
    pub(crate) fn body(&self, texts: &[&str], secrets: &[&str]) -> JsonBody {
        let given = |name: &&str| !self.text(name).is_empty();
        let texts = texts.iter().copied().filter(given);
        let texts = texts.map(|name| (name, self.text(name)));
        let secrets = secrets.iter().map(|name| (*name, self.secret(name)));
        let members = texts.chain(secrets);
        let members: Map<String, Value> = members
            .map(|(name, text)| (name.to_owned(), text.into()))
            .collect();
        JsonBody::of(&members.into())
    }
}
