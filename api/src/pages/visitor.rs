//! The visitor of a page: language, session, cart and notice, all from the request's headers.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use store::account::Session;
use url::form_urlencoded;

use super::{
    cart::{self, Cart},
    faults::FormFaults,
    frame::Frame,
    language,
    notice::{self, Notice},
    words::Words,
};
use crate::{
    Api,
    auth::{authentication::Authentication, cookies::Cookies, csrf, principal::Caller},
    problem::Problem,
};

/// Everything comes from this host, pictures of products aside; no script or style stands in a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The media type of a page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// Longest address that a login returns to.
const LONGEST_ADDRESS: usize = 500;

/// The answer of a page's handler.
pub(crate) type PageResult<T = Response> = Result<T, PageError>;

/// Reason why a page is not shown.
#[derive(Debug)]
pub(crate) enum PageError {
    /// A problem, which becomes a page of its own.
    Problem(Problem),
    /// The page needs a session: the login page follows, and returns to this address.
    LogIn(String),
}

/// The visitor of a page.
pub(crate) struct Visitor {
    pub(crate) api: Api,
    pub(crate) words: &'static Words,
    pub(crate) session: Option<Session>,
    /// Why it is unknown whether there is a session.
    outage: Option<Problem>,
    pub(crate) cart: Cart,
    pub(crate) notice: Option<Notice>,
    /// Path and query of the request.
    address: String,
}

impl FromRequestParts<Api> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        let cookies = Cookies::new(api.settings.plain_cookies);
        let cart = cookies.get(headers, cart::COOKIE);
        let address = parts.uri.path_and_query();
        let authentication = Authentication::of(&parts.extensions);
        Ok(Self {
            words: language::of(headers),
            session: authentication.session().ok().cloned(),
            outage: authentication.outage().cloned(),
            cart: cart.map(Cart::of_cookie).unwrap_or_default(),
            notice: cookies.get(headers, notice::COOKIE).and_then(Notice::find),
            address: address.map_or_else(String::new, ToString::to_string),
            api: api.clone(),
        })
    }
}

impl Visitor {
    /// Returns the visitor's session, or sends to the login page.
    pub(crate) fn logged_in(&self) -> PageResult<&Session> {
        match (&self.session, &self.outage) {
            (Some(session), _) => Ok(session),
            (None, Some(problem)) => Err(PageError::Problem(problem.clone())),
            (None, None) => Err(PageError::LogIn(self.address.clone())),
        }
    }

    /// Makes a login return to the page that has the form: `/orders/1` for `/orders/1/cancel`.
    pub(crate) fn return_to_parent(&mut self) {
        let path = self.address.split('?').next().unwrap_or_default();
        self.address = parent(path).to_owned();
    }

    /// Returns the account behind the session as a caller of the API, or sends to the login page.
    pub(crate) fn caller(&self) -> PageResult<Caller> {
        Ok(Caller(self.logged_in()?.principal.clone()))
    }

    /// Returns whether it is unknown who the visitor is.
    pub(crate) const fn is_unknown(&self) -> bool {
        self.outage.is_some()
    }

    /// Passes unless it is unknown who the visitor is: nothing may change then.
    pub(crate) fn check_known(&self) -> Result<(), Problem> {
        self.outage.clone().map_or(Ok(()), Err)
    }

    /// Returns the faults of a form with the status of the answer, or the problem if it is not about the form.
    pub(crate) fn faults(&self, problem: Problem) -> PageResult<(StatusCode, FormFaults)> {
        let status = problem.status();
        Ok((status, FormFaults::of(self.words, problem)?))
    }

    /// Returns a new CSRF token of the session; empty without one.
    pub(crate) fn csrf(&self) -> String {
        let session = self.session.as_ref();
        let token = session.map(|session| csrf::fresh(&self.api.secret, &session.id));
        token.unwrap_or_default()
    }

    /// Returns the frame around a page.
    pub(crate) fn frame(&self) -> Frame {
        Frame::of(self)
    }

    /// Returns a page. It is private to the visitor.
    pub(crate) fn page(&self, status: StatusCode, page: &impl Template) -> PageResult {
        let mut response = html(status, page)?;
        if self.notice.is_some() {
            self.cookies()
                .set_http_only(response.headers_mut(), notice::COOKIE, "", 0);
        }
        Ok(response)
    }

    /// Returns the redirect to the page that shows what a form has done.
    pub(crate) fn redirect(&self, address: &str, notice: Option<Notice>) -> Response {
        let mut response = Redirect::to(address).into_response();
        if let Some(notice) = notice {
            let code = notice.code();
            let headers = response.headers_mut();
            self.cookies()
                .set_http_only(headers, notice::COOKIE, code, notice::SECONDS);
        }
        response
    }

    /// Stores the cart in the visitor's browser.
    pub(crate) fn keep_cart(&self, headers: &mut HeaderMap) {
        let cart = self.cart.to_cookie();
        self.cookies()
            .set_http_only(headers, cart::COOKIE, &cart, cart::SECONDS);
    }

    fn cookies(&self) -> Cookies {
        Cookies::new(self.api.settings.plain_cookies)
    }
}

/// Returns an HTML document that no cache keeps.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Result<Response, Problem> {
    let text = page.render().map_err(Problem::internal)?;
    const HEADERS: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(HTML)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // Without a referrer browsers send `Origin: null` with forms, which proves nothing.
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
    ];
    Ok((status, HEADERS, text).into_response())
}

/// Returns the path above another one.
pub(crate) fn parent(path: &str) -> &str {
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    if parent.is_empty() { "/" } else { parent }
}

/// Returns an address with a query of the values that are not empty.
pub(crate) fn with_query<'a>(
    path: &str,
    query: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let given = query.into_iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given)
        .finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// Returns `address` if it is a page of this shop, else the first page: a login must not lead to another site.
pub(crate) fn own_address(address: &str) -> &str {
    let is_plain = |b: u8| b.is_ascii_graphic() && b != b'\\';
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let is_own = address.len() <= LONGEST_ADDRESS
        && address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(is_plain)
        && super::owns(path)
        && !["/login", "/register", "/logout"].contains(&path);
    if is_own { address } else { "/" }
}

impl<T: Into<Problem>> From<T> for PageError {
    fn from(problem: T) -> Self {
        Self::Problem(problem.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::LogIn(address) => {
                let next = [("next", own_address(&address))];
                Redirect::to(&with_query("/login", next)).into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::own_address;

    #[test]
    fn a_login_returns_to_pages_of_this_shop_only() {
        for own in [
            "/",
            "/checkout?coupon=A",
            "/orders/01K9ZQ3V4T5X6Y7Z8A9B0C1D2E",
        ] {
            assert_eq!(own_address(own), own);
        }
        for other in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/login?next=/login",
            "/v1/orders",
            "javascript:alert(1)",
            &format!("/{}", "a".repeat(600)),
        ] {
            assert_eq!(own_address(other), "/", "{other:?}");
        }
    }
}
