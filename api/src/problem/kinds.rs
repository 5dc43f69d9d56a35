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
        "The detail names the line and the column of the error. Nothing was changed.";
    INCOMPLETE_BODY: BAD_REQUEST, "incomplete-body", "The body ended too early",
        "The connection broke before the whole body had arrived. Send the request again.";
    INVALID_PARAMETER: BAD_REQUEST, "invalid-parameter", "A parameter is invalid",
        "`parameter` names the query parameter with the invalid value. A cursor must be the `next` of a list's answer.";
    INVALID_IDEMPOTENCY_KEY: BAD_REQUEST, "invalid-idempotency-key", "The Idempotency-Key is invalid",
        "A request has at most one key, of 1 to 255 visible ASCII characters, with or without quotes around it.";
    SIGNATURE_MISSING: BAD_REQUEST, "signature-missing", "The Stripe-Signature header is missing",
        "Only the payment provider calls this address, and it signs every callback.";
    SIGNATURE_MALFORMED: BAD_REQUEST, "signature-malformed", "The Stripe-Signature header cannot be read",
        "Its form is `t=`, Unix seconds, `,v1=`, hexadecimal digits.";
    SIGNATURE_EXPIRED: BAD_REQUEST, "signature-expired", "The signature's timestamp is too far from now",
        "The tolerance is five minutes in both directions. Check the clocks.";
    SIGNATURE_MISMATCH: BAD_REQUEST, "signature-mismatch", "No signature matches the body",
        "The signature is the HMAC-SHA256 of the seconds, a full stop and the raw body, under the secret exactly as shown. Check \
         the secret, and that no proxy changes the body.";
    BAD_REQUEST: BAD_REQUEST, "bad-request", "The request cannot be understood",
        "It violates HTTP itself.";
    UNAUTHORIZED: UNAUTHORIZED, "unauthorized", "A valid bearer token is required",
        "The token is missing, expired or revoked. Log in with `POST /v1/auth/login` and send `Authorization: \
         Bearer` and the token.";
    REQUEST_HALF_SIGNED: UNAUTHORIZED, "request-half-signed", "The request has only one of two signature headers",
        "A signed request has both headers, Streamward-Key and Streamward-Signature.";
    REQUEST_SIGNATURE_MALFORMED: UNAUTHORIZED, "request-signature-malformed",
        "The Streamward-Signature header cannot be read",
        "Its form is `t=`, Unix seconds, `,v1=`, hexadecimal digits. The word after `n=` has at most 64 letters, digits, \
         hyphens and underscores.";
    REQUEST_SIGNATURE_EXPIRED: UNAUTHORIZED, "request-signature-expired",
        "The request's timestamp is too far from now",
        "The tolerance is five minutes in both directions. Check the clocks.";
    REQUEST_SIGNATURE_MISMATCH: UNAUTHORIZED, "request-signature-mismatch",
        "The signature does not match the key and the request",
        "The answer does not disclose whether the key exists. Check the key's id, its secret, and that the signed \
         bytes are the bytes sent.";
    REQUEST_SIGNATURE_REPLAYED: UNAUTHORIZED, "request-signature-replayed", "The signature was used before",
        "The signature of a changing request is valid once. Sign every request anew; `n` with `v2` distinguishes \
         equal requests of one second.";
    INVALID_CREDENTIALS: UNAUTHORIZED, "invalid-credentials", "The mail address or the password is wrong",
        "The answer does not disclose which of them, nor whether an account exists.";
    FORBIDDEN: FORBIDDEN, "forbidden", "This account may not do that",
        "Its roles do not allow it.";
    INSUFFICIENT_SCOPE: FORBIDDEN, "insufficient-scope", "The API key may not do that",
        "`scope` is the missing scope; without `scope`, no API key may do this. Create another key, or log in.";
    CSRF: FORBIDDEN, "csrf", "The request may be forged",
        "A browser with a session cookie must send the header X-CSRF-Token with every change, from a page of the \
         shop's own origin or of an allowed one. `GET /v1/auth/session` answers a token.";
    RESET_TOKEN_INVALID: FORBIDDEN, "reset-token-invalid", "The token of the link is not valid",
        "It was used, has expired, or the password has changed since. Request another mail.";
    NOT_FOUND: NOT_FOUND, "not-found", "The resource does not exist",
        "Or the caller may not see it: other customers' orders are not disclosed.";
    UNKNOWN_PATH: NOT_FOUND, "unknown-path", "The child does not exist",
        "The path names no child of the supervision tree; `candidates` lists the nearest paths.";
    METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED, "method-not-allowed", "The resource does not support the method",
        "The Allow header lists the supported methods.";
    SLOW_BODY: REQUEST_TIMEOUT, "slow-body", "The body took too long",
        "The body did not arrive in time, and the connection is closed. Nothing was changed; send the request again.";
    IDEMPOTENCY_KEY_IN_USE: CONFLICT, "idempotency-key-in-use", "A request with this Idempotency-Key is in progress",
        "Send it again unchanged after the time in Retry-After: the answer is that of the first request.";
    TOO_MANY_API_KEYS: CONFLICT, "too-many-api-keys", "The account has the maximum number of API keys",
        "Delete an unused key.";
    PRICE_CHANGED: CONFLICT, "price-changed", "The total is not the expected one",
        "`total` is the sum of the items at current prices. Show it to the customer and send it as `expectedTotal`.";
    SOLD_OUT: CONFLICT, "sold-out", "A product is sold out",
        "`errors` points at the sold-out items. Units return to stock when orders are cancelled or not paid in time.";
    TOO_MANY_OPEN_ORDERS: CONFLICT, "too-many-open-orders", "The customer has too many unpaid orders",
        "Unpaid orders reserve stock, so their number is limited: `limit`. Pay or cancel one.";
    TOO_MANY_OPEN_UNITS: CONFLICT, "too-many-open-units", "The customer has too many units of a product in unpaid orders",
        "Unpaid orders reserve stock, so the units of a product in them are limited: `limit`. Order fewer units, or \
         pay or cancel an order.";
    NOT_PAYABLE: CONFLICT, "not-payable", "The order cannot be paid in this state",
        "Only an order that awaits payment can be paid; `orderStatus` is its current status.";
    NOT_CANCELLABLE: CONFLICT, "not-cancellable", "The order cannot be cancelled in this state",
        "Only an unpaid order can be cancelled; `orderStatus` is its current status. An administrator can refund a \
         confirmed order.";
    NOT_REFUNDABLE: CONFLICT, "not-refundable", "The order cannot be refunded in this state",
        "Only a confirmed order can be refunded; `orderStatus` is its current status.";
    INSUFFICIENT_STOCK: CONFLICT, "insufficient-stock", "Too few units are available to write off",
        "`available` is the number of available units. Reserved or sold units cannot be written off.";
    PRODUCT_EXISTS: CONFLICT, "product-exists", "A product with this id exists",
        "Choose another id, or change the product with PATCH.";
    COUPON_EXISTS: CONFLICT, "coupon-exists", "A coupon with this code exists or existed",
        "Choose another code; a code that orders have used cannot be reused.";
    EMAIL_TAKEN: CONFLICT, "email-taken", "An account with this mail address exists",
        "Log in, or register with another address.";
    NOT_RUNNING: CONFLICT, "not-running", "The child is not running",
        "It is restarting, or its supervisor has given up; `GET /v1/admin/tree` shows its state.";
    TOO_MANY_WEBHOOKS: CONFLICT, "too-many-webhooks", "The shop has the maximum number of webhooks",
        "`limit` is the maximum. Remove an unused webhook.";
    DELIVERY_PENDING: CONFLICT, "delivery-pending", "The delivery is in progress already",
        "The next attempt is scheduled; `nextAttemptAt` in the log of deliveries is its time.";
    WEBHOOK_DISABLED: CONFLICT, "webhook-disabled", "The webhook is disabled",
        "Disabled webhooks receive nothing. Enable it with PATCH.";
    PRECONDITION_FAILED: PRECONDITION_FAILED, "precondition-failed",
        "The product has changed since it was read",
        "Read it again, and send its ETag as If-Match.";
    BODY_TOO_LARGE: PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large",
        "`limit` is the maximum size in bytes.";
    URI_TOO_LONG: URI_TOO_LONG, "uri-too-long", "The address is too long",
        "Shorten the path or the query.";
    UNSUPPORTED_MEDIA_TYPE: UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body's media type is not supported",
        "Send JSON with `Content-Type: application/json`.";
    VALIDATION_FAILED: UNPROCESSABLE_ENTITY, "validation-failed", "The request did not pass validation",
        "Every fault is in `errors`, with a JSON pointer to the field. Nothing was changed.";
    IDEMPOTENCY_KEY_REUSED: UNPROCESSABLE_ENTITY, "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        "Send the first request again unchanged, or choose a new key.";
    QUOTA_EXCEEDED: TOO_MANY_REQUESTS, "quota-exceeded", "Too many requests",
        "The client has exceeded a quota: `violated-policies` names it, RateLimit-Policy states its size. Send the next \
         request after the time in Retry-After.",
        iana "quota-exceeded";
    TOO_MANY_STREAMS: TOO_MANY_REQUESTS, "too-many-streams", "The customer has too many open streams",
        "`limit` is the maximum per customer. Close one of them.";
    HEADERS_TOO_LARGE: REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large",
        "The request's headers are too large",
        "A request has at most 100 headers of 64 KiB in total.";
    INTERNAL: INTERNAL_SERVER_ERROR, "internal", "The service failed",
        "The failure was logged under the request's id, the `X-Request-Id` header.";
    UNAVAILABLE: SERVICE_UNAVAILABLE, "unavailable", "The service is temporarily unavailable",
        "A dependency of this request is down. Repeat the request, with the same Idempotency-Key if it has one.";
    TEMPORARY_REDUCED_CAPACITY: SERVICE_UNAVAILABLE, "temporary-reduced-capacity",
        "The shop is too busy to accept more orders",
        "The services are `backlog` entries behind; above `limit` orders are refused. Repeat the request after the time \
         in Retry-After, with the same Idempotency-Key if it has one.";
    TOO_MANY_AT_ONCE: SERVICE_UNAVAILABLE, "too-many-at-once", "Too many requests are in progress",
        "The process has reached its maximum of concurrent requests. Nothing was changed; repeat the request after the time \
         in Retry-After, with the same Idempotency-Key if it has one.",
        iana "temporary-reduced-capacity";
    NO_STREAM_LEFT: SERVICE_UNAVAILABLE, "no-stream-left", "Too many streams are open",
        "The process has reached its maximum of open streams. Read the order itself, or repeat the request after the \
         time in Retry-After.";
    TIMEOUT: SERVICE_UNAVAILABLE, "timeout", "The request took too long",
        "It may have taken effect; repeat it with the same Idempotency-Key.";
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
        Every error is `application/problem+json` (RFC 9457). `type` is `/problems/` and one of the names below,\n\
        the address of a page with the same text, or a registered type where one is named. `title` is constant for a\n\
        type, `detail` describes this occurrence, and further members are named in the text. Programs should decide by\n\
        `type` and `status`.\n";

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
    fn the_docs_explain_each_kind() {
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
    fn names_are_unique_and_need_no_escaping() {
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
