//! Every kind of problem there is: the one list that answers, documentation and pages are made from.

use std::borrow::Cow;

use axum::http::StatusCode;

/// A kind of problem. At `/problems/<slug>` a page says what `about` says.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) slug: &'static str,
    pub(crate) status: StatusCode,
    /// The same for every occurrence.
    pub(crate) title: &'static str,
    /// When it happens and what to do, for who reads `/problems/<slug>`.
    pub(crate) about: &'static str,
    /// The type, where it is one that others have defined; the page's address otherwise.
    pub(crate) registered: Option<&'static str>,
}

impl Kind {
    /// The type that answers carry.
    pub(crate) fn uri(&self) -> Cow<'static, str> {
        match self.registered {
            Some(uri) => Cow::Borrowed(uri),
            None => Cow::Owned(format!("/problems/{}", self.slug)),
        }
    }
}

macro_rules! registered {
    () => {
        None
    };
    ($name:literal) => {
        Some(concat!(
            "https://iana.org/assignments/http-problem-types#",
            $name
        ))
    };
}

macro_rules! kinds {
    ($($name:ident: $status:ident, $slug:literal, $title:literal, $about:literal $(, iana $uri:literal)?;)+) => {
        $(pub(crate) static $name: Kind = Kind {
            slug: $slug,
            status: StatusCode::$status,
            title: $title,
            about: $about,
            registered: registered!($($uri)?),
        };)+

        /// All of them, in the order of their statuses.
        pub(crate) static ALL: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    MALFORMED_JSON: BAD_REQUEST, "malformed-json", "The body is not valid JSON",
        "The detail names the line and the column where it goes wrong. Nothing was done.";
    INCOMPLETE_BODY: BAD_REQUEST, "incomplete-body", "The body ended too early",
        "The connection broke before the whole body was here. Send the request again.";
    INVALID_PARAMETER: BAD_REQUEST, "invalid-parameter", "A parameter is invalid",
        "A query parameter has a value it cannot have; `parameter` names it. A cursor must be what a list \
         answered as `next`.";
    INVALID_IDEMPOTENCY_KEY: BAD_REQUEST, "invalid-idempotency-key", "The Idempotency-Key is invalid",
        "A request has at most one, of 1 to 255 visible ASCII characters, with quotes around it or without.";
    SIGNATURE_MISSING: BAD_REQUEST, "signature-missing", "The Stripe-Signature header is missing",
        "Only the payment provider calls this address, and it signs what it sends.";
    SIGNATURE_MALFORMED: BAD_REQUEST, "signature-malformed", "The Stripe-Signature header cannot be read",
        "It has the form `t=`, Unix seconds, `,v1=`, hexadecimal digits.";
    SIGNATURE_EXPIRED: BAD_REQUEST, "signature-expired", "The signature's timestamp is too far from now",
        "It may be five minutes away, before or after. Check the clocks.";
    SIGNATURE_MISMATCH: BAD_REQUEST, "signature-mismatch", "No signature matches the body",
        "Signed are the seconds, a full stop and the raw body, with HMAC-SHA256 under the secret as it is shown. Check the secret, and that \
         nothing on the way changes the body.";
    BAD_REQUEST: BAD_REQUEST, "bad-request", "The request cannot be understood",
        "It breaks a rule of HTTP itself.";
    UNAUTHORIZED: UNAUTHORIZED, "unauthorized", "A valid bearer token is required",
        "None came, or it has expired or was revoked. Log in with `POST /v1/auth/login` and send `Authorization: \
         Bearer` and the token.";
    REQUEST_HALF_SIGNED: UNAUTHORIZED, "request-half-signed", "The request is half signed",
        "A signed request has both headers, Streamward-Key and Streamward-Signature.";
    REQUEST_SIGNATURE_MALFORMED: UNAUTHORIZED, "request-signature-malformed",
        "The Streamward-Signature header cannot be read",
        "It has the form `t=`, Unix seconds, `,v1=`, hexadecimal digits; a word `n=` may have 64 letters, digits, \
         hyphens and underscores.";
    REQUEST_SIGNATURE_EXPIRED: UNAUTHORIZED, "request-signature-expired",
        "The request was signed too far from now",
        "Its timestamp may be five minutes away, before or after. Check the clocks.";
    REQUEST_SIGNATURE_MISMATCH: UNAUTHORIZED, "request-signature-mismatch",
        "The signature is not one of this key for this request",
        "Whether there is such a key is not said. Check the key's id, its secret, and that the bytes that are sent \
         are those that were signed.";
    REQUEST_SIGNATURE_REPLAYED: UNAUTHORIZED, "request-signature-replayed", "The signature was used before",
        "A signature that changes something is good for one request. Sign every request anew; `n` with `v2` tells \
         equal ones of one second apart.";
    INVALID_CREDENTIALS: UNAUTHORIZED, "invalid-credentials", "The mail address or the password is wrong",
        "Which of them is not said, so that nobody learns who has an account.";
    FORBIDDEN: FORBIDDEN, "forbidden", "This account may not do that",
        "Its roles do not allow it.";
    INSUFFICIENT_SCOPE: FORBIDDEN, "insufficient-scope", "The API key may not do that",
        "`scope` is what the key lacks; where there is none, no key can do it. Make another key, or log in.";
    CSRF: FORBIDDEN, "csrf", "The request may be forged",
        "A browser that is logged in by a cookie has to send the header X-CSRF-Token with every change, from a page of \
         the shop's own origin or of one that the shop allows. `GET /v1/auth/session` answers a token.";
    NOT_FOUND: NOT_FOUND, "not-found", "There is nothing here",
        "Or nothing that the caller may see: other customers' orders look like none.";
    UNKNOWN_PATH: NOT_FOUND, "unknown-path", "There is no such child",
        "The path names no child of the supervision tree; `candidates` are the nearest there are.";
    METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED, "method-not-allowed", "This resource does not know the method",
        "The Allow header names those it knows.";
    SLOW_BODY: REQUEST_TIMEOUT, "slow-body", "The body took too long",
        "It did not come in time, and the connection is closed. Nothing was done; send the request again.";
    IDEMPOTENCY_KEY_IN_USE: CONFLICT, "idempotency-key-in-use", "A request with this Idempotency-Key is under way",
        "Send it again unchanged after the time in Retry-After: it is answered as the first one was.";
    TOO_MANY_API_KEYS: CONFLICT, "too-many-api-keys", "The account has as many API keys as it can have",
        "Delete one that is not used.";
    PRICE_CHANGED: CONFLICT, "price-changed", "The total is not the expected one",
        "The items come to `total` at today's prices. Show it to the customer and send it as `expectedTotal`.";
    SOLD_OUT: CONFLICT, "sold-out", "A product is sold out",
        "Nothing is left of what `errors` points at. Units may come back when orders are cancelled or not paid in \
         time.";
    TOO_MANY_OPEN_ORDERS: CONFLICT, "too-many-open-orders", "Too many orders are unpaid",
        "Stock is held for unpaid orders, so a customer may have only so many: `limit`. Pay or cancel one.";
    TOO_MANY_OPEN_UNITS: CONFLICT, "too-many-open-units", "Too many units of a product are unpaid",
        "Stock is held for unpaid orders, so a customer may have only so many units of a product in them: \
         `limit`. Order fewer, or pay or cancel an order.";
    NOT_PAYABLE: CONFLICT, "not-payable", "The order cannot be paid in this state",
        "Only an order that awaits payment can be paid; `orderStatus` says how it stands.";
    NOT_CANCELLABLE: CONFLICT, "not-cancellable", "The order cannot be cancelled in this state",
        "Only an order that is not paid yet can be cancelled; `orderStatus` says how it stands. A confirmed one can \
         be refunded by an administrator.";
    NOT_REFUNDABLE: CONFLICT, "not-refundable", "The order cannot be paid back in this state",
        "Only a confirmed order can be refunded; `orderStatus` says how it stands.";
    INSUFFICIENT_STOCK: CONFLICT, "insufficient-stock", "Fewer units are available than are to be written off",
        "`available` says how many there are. Units that are reserved or sold cannot be written off.";
    PRODUCT_EXISTS: CONFLICT, "product-exists", "There is a product with this id",
        "Choose another id, or change the product with PATCH.";
    COUPON_EXISTS: CONFLICT, "coupon-exists", "There is, or was, a coupon with this code",
        "Choose another code; one that orders have used is not given out again.";
    EMAIL_TAKEN: CONFLICT, "email-taken", "This mail address has an account",
        "Log in, or register with another address.";
    NOT_RUNNING: CONFLICT, "not-running", "The child is not running",
        "It is being started again, or has given up; `GET /v1/admin/tree` shows it.";
    TOO_MANY_WEBHOOKS: CONFLICT, "too-many-webhooks", "There are as many webhooks as there may be",
        "`limit` is how many. Remove one that is not needed any more.";
    DELIVERY_PENDING: CONFLICT, "delivery-pending", "The delivery is under way already",
        "Its next attempt comes by itself; `nextAttemptAt` in the log of deliveries says when.";
    WEBHOOK_DISABLED: CONFLICT, "webhook-disabled", "The webhook is switched off",
        "Nothing is sent to it. Enable it with PATCH.";
    PRECONDITION_FAILED: PRECONDITION_FAILED, "precondition-failed",
        "The product was changed since it was read",
        "Read it again, and send the ETag of what you read as If-Match.";
    BODY_TOO_LARGE: PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large",
        "`limit` is what a body may have, in bytes.";
    URI_TOO_LONG: URI_TOO_LONG, "uri-too-long", "The address is too long",
        "Shorten the path or the query.";
    UNSUPPORTED_MEDIA_TYPE: UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body's media type is not supported",
        "Send JSON with `Content-Type: application/json`.";
    VALIDATION_FAILED: UNPROCESSABLE_ENTITY, "validation-failed", "The request did not pass validation",
        "Every fault is in `errors`, with a JSON pointer to the field. Nothing was done.";
    IDEMPOTENCY_KEY_REUSED: UNPROCESSABLE_ENTITY, "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        "Send the first request again unchanged, or choose a new key.";
    QUOTA_EXCEEDED: TOO_MANY_REQUESTS, "quota-exceeded", "Too many requests",
        "The client has used up a quota; `violated-policies` names it, and RateLimit-Policy says how large it is. Send \
         the next request after the time in Retry-After.",
        iana "quota-exceeded";
    TOO_MANY_STREAMS: TOO_MANY_REQUESTS, "too-many-streams", "You have too many open streams",
        "`limit` is how many one customer may have open at a time. Close one of them.";
    HEADERS_TOO_LARGE: REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large",
        "The request's headers are too large",
        "A request has at most 100 headers, and 64 KiB of them.";
    INTERNAL: INTERNAL_SERVER_ERROR, "internal", "The service failed",
        "The failure was logged under the request's id, the `X-Request-Id` header.";
    UNAVAILABLE: SERVICE_UNAVAILABLE, "unavailable", "The service cannot answer right now",
        "Something that this answer needs is down. Repeat the request, with the same Idempotency-Key if it has one.";
    TEMPORARY_REDUCED_CAPACITY: SERVICE_UNAVAILABLE, "temporary-reduced-capacity",
        "The shop is too busy to take on more orders",
        "The services are `backlog` entries behind, and `limit` is where orders are refused. Repeat the request \
         after the time in Retry-After, with the same Idempotency-Key if it has one.";
    TOO_MANY_AT_ONCE: SERVICE_UNAVAILABLE, "too-many-at-once", "Too many requests are being answered",
        "The process answers as many as it may. Nothing was done; repeat the request after the time in Retry-After, \
         with the same Idempotency-Key if it has one.",
        iana "temporary-reduced-capacity";
    NO_STREAM_LEFT: SERVICE_UNAVAILABLE, "no-stream-left", "Too many streams are open",
        "The process has as many open as it may. Ask for the order itself, or come back after the time in \
         Retry-After.";
    TIMEOUT: SERVICE_UNAVAILABLE, "timeout", "The request took too long",
        "It may have been carried out; repeat it with the same Idempotency-Key.";
}

/// The kind called `slug`.
pub(crate) fn find(slug: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.slug == slug)
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write, fs, path::Path};

    use super::ALL;

    const HEAD: &str = "# Problems\n\n\
        Every error is `application/problem+json` (RFC 9457). `type` is `/problems/` and one of the words below, which\n\
        leads to a page that says the same as this one, or a registered type where one is named. `title` is always the\n\
        same for a type, `detail` is about this occurrence, and other members say more where the text names them.\n\
        Programs decide by `type` and `status`.\n";

    fn document() -> String {
        let mut text = HEAD.to_owned();
        for kind in ALL {
            let status = kind.status.as_u16();
            write!(
                text,
                "\n## {}\n\n{status}: {}. {}\n",
                kind.slug, kind.title, kind.about
            )
            .unwrap();
            if let Some(uri) = kind.registered {
                writeln!(text, "\nIts type is `{uri}`.").unwrap();
            }
        }
        text
    }

    #[test]
    fn a_page_in_docs_says_what_each_of_them_means() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ERRORS.md");
        if std::env::var_os("STREAMWARD_WRITE_DOCS").is_some() {
            fs::write(&path, document()).unwrap();
        }
        let written = fs::read_to_string(path).unwrap();
        assert_eq!(
            written,
            document(),
            "STREAMWARD_WRITE_DOCS=1 writes it anew"
        );
    }

    #[test]
    fn no_two_have_the_same_name_and_none_needs_escaping_on_a_page() {
        for (index, kind) in ALL.iter().enumerate() {
            assert!(
                !ALL[..index].iter().any(|other| other.slug == kind.slug),
                "{}",
                kind.slug
            );
            let shown = [kind.title, kind.about].concat();
            assert!(!shown.contains(['&', '<', '>']), "{shown}");
        }
    }
}
