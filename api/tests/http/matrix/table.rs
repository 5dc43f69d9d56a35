//! The table: a line per route, a column per caller.
//!
//! A line is the method, the path, the answers to all of [`super::callers::CALLERS`] in their order, and the
//! body if there is one. An answer is a status; `401`, `403` and `404` are the problems `unauthorized`,
//! `forbidden` and `not-found`, and other problems have words ([`Answer::read`]). `$n` is another number in
//! every request.

use std::fmt;

use crate::support::Reply;

use super::callers::CALLERS;

//          anonymous | another customer | the owner | operator | administrator | revoked token |
//          the owner's cookie alone | a key without the scope | the owner's | operator's | admin's key

/// A caller that may not read an order gets 404; one that may read but not change it, 403. Customers may not
/// refund, not even their own orders.
pub(super) const ORDERS: &str = r#"
POST   /v1/orders               401 202 202 403 202 401 csrf scope 202   scope 202 {"items":[{"productId":"mug-01","quantity":1}]}
GET    /v1/orders               401 200 200 200 200 401 200  scope 200   200   200
GET    /v1/orders/{id}          401 404 200 200 200 401 200  scope 200   200   200
GET    /v1/orders/{id}/events   401 404 200 200 200 401 200  scope 200   200   200
POST   /v1/orders/{id}/pay      401 404 202 403 202 401 csrf scope 202   scope 202 {"paymentMethod":"pm_card_visa"}
POST   /v1/orders/{id}/cancel   401 404 202 403 202 401 csrf scope 202   scope 202
POST   /v1/orders/{id}/refund   401 403 403 403 202 401 csrf scope 403   scope 202
"#;

pub(super) const CATALOGUE: &str = r#"
GET    /v1/products                   200 200 200 200 200 200 200  200   200   200   200
GET    /v1/products/{id}              200 200 200 200 200 200 200  200   200   200   200
POST   /v1/products                   401 403 403 403 201 401 csrf scope scope scope 201 {"id":"new-$n","name":"New","price":{"amount":100,"currency":"EUR"}}
PATCH  /v1/products/{id}              401 403 403 403 200 401 csrf scope scope scope 200 {"name":"Newer"}
DELETE /v1/products/{id}              401 403 403 403 204 401 csrf scope scope scope 204
GET    /v1/products/{id}/stock        401 403 403 403 200 401 403  scope scope scope 200
POST   /v1/products/{id}/stock        401 403 403 403 200 401 csrf scope scope scope 200 {"delta":1}
GET    /v1/products/{id}/stock/ledger 401 403 403 403 200 401 403  scope scope scope 200
POST   /v1/coupons                    401 403 403 403 201 401 csrf scope scope scope 201 {"code":"NEW-$n","percent":10}
GET    /v1/coupons                    401 403 403 403 200 401 403  scope scope scope 200
GET    /v1/coupons/{code}             401 403 403 403 200 401 403  scope scope scope 200
PATCH  /v1/coupons/{code}             401 403 403 403 200 401 csrf scope scope scope 200 {"active":false}
DELETE /v1/coupons/{code}             401 403 403 403 204 401 csrf scope scope scope 204
"#;

/// A pending delivery cannot be replayed; only callers with the right to replay get that answer.
pub(super) const WEBHOOKS: &str = r#"
POST   /v1/webhooks                                   401 403 403 403 201 401 csrf scope scope scope 201 {"url":"https://93.184.215.14/hooks","eventTypes":["*"]}
GET    /v1/webhooks                                   401 403 403 403 200 401 403  scope scope scope 200
GET    /v1/webhooks/{id}                              401 403 403 403 200 401 403  scope scope scope 200
PATCH  /v1/webhooks/{id}                              401 403 403 403 200 401 csrf scope scope scope 200 {"enabled":false}
DELETE /v1/webhooks/{id}                              401 403 403 403 204 401 csrf scope scope scope 204
POST   /v1/webhooks/{id}/rotate                       401 403 403 403 200 401 csrf scope scope scope 200
POST   /v1/webhooks/{id}/ping                         401 403 403 403 202 401 csrf scope scope scope 202
GET    /v1/webhooks/{id}/deliveries                   401 403 403 403 200 401 403  scope scope scope 200
POST   /v1/webhooks/{id}/deliveries/{delivery}/replay 401 403 403 403 pending 401 csrf scope scope scope pending
"#;

/// Login, registration and forgotten passwords are public. The other routes need a session, which a key does not have.
pub(super) const ACCOUNTS: &str = r#"
POST   /v1/auth/register 201 201 201 201 201 201 201  201   201   201   201 {"email":"new-$n@example.com","password":"correct horse","name":"New"}
POST   /v1/auth/login    200 200 200 200 200 200 200  200   200   200   200 {"email":"known@example.com","password":"correct horse"}
POST   /v1/auth/logout   401 204 204 204 204 401 csrf scope scope scope scope
POST   /v1/auth/password 401 204 204 204 204 401 csrf scope scope scope scope {"currentPassword":"correct horse","newPassword":"battery staple"}
POST   /v1/auth/password/forgotten 202 202 202 202 202 202 202  202   202   202   202 {"email":"nobody@example.com"}
POST   /v1/auth/password/reset     reset reset reset reset reset reset reset reset reset reset reset {"token":"rt_0","newPassword":"battery staple"}
GET    /v1/auth/session  401 200 200 200 200 401 200  scope scope scope scope
GET    /v1/auth/sessions 401 200 200 200 200 401 200  scope scope scope scope
DELETE /v1/auth/sessions 401 204 204 204 204 401 csrf scope scope scope scope
POST   /v1/api-keys      401 201 201 201 201 401 csrf scope scope scope scope {"name":"till","scopes":["orders:read"]}
GET    /v1/api-keys      401 200 200 200 200 401 200  scope scope scope scope
DELETE /v1/api-keys/{id} 401 404 204 404 204 401 csrf scope scope scope scope
"#;

pub(super) const MACHINERY: &str = r#"
GET    /v1/admin/tree                     401 403 403 200 200 401 403  scope scope 200 200
POST   /v1/admin/crash                    401 403 403 202 202 401 csrf scope scope 202 202 {"path":"part-$p/worker"}
GET    /v1/admin/streams                  401 403 403 200 200 401 403  scope scope 200 200
GET    /v1/admin/health                   401 403 403 200 200 401 403  scope scope 200 200
GET    /v1/admin/dead/{group}             401 403 403 200 200 401 403  scope scope 200 200
POST   /v1/admin/dead/{group}/replay      401 403 403 202 202 401 csrf scope scope 202 202 {}
DELETE /v1/admin/dead/{group}/{id}        401 403 403 204 204 401 csrf scope scope 204 204
POST   /v1/admin/dead/{group}/{id}/replay 401 403 403 202 202 401 csrf scope scope 202 202
"#;

/// The provider's signature alone counts; other credentials are ignored.
pub(super) const PUBLIC: &str = r#"
POST   /v1/payments/webhook 200 200 200 200 200 200 200 200 200 200 200 {"type":"charge.refunded"}
GET    /problems            200 200 200 200 200 200 200 200 200 200 200
GET    /problems/{slug}     200 200 200 200 200 200 200 200 200 200 200
GET    /openapi.json        200 200 200 200 200 200 200 200 200 200 200
GET    /docs                200 200 200 200 200 200 200 200 200 200 200
GET    /docs/{file}         200 200 200 200 200 200 200 200 200 200 200
GET    /healthz             200 200 200 200 200 200 200 200 200 200 200
GET    /readyz              200 200 200 200 200 200 200 200 200 200 200
GET    /metrics             200 200 200 200 200 200 200 200 200 200 200
"#;

/// Method and path of every route in the table.
pub(super) fn routes() -> Vec<(&'static str, &'static str)> {
    let all = [ORDERS, CATALOGUE, WEBHOOKS, ACCOUNTS, MACHINERY, PUBLIC];
    let rows = all.into_iter().flat_map(rows);
    rows.map(|row| (row.method, row.path)).collect()
}

/// A route with its response to each caller.
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) body: Option<&'static str>,
    answers: Vec<&'static str>,
}

pub(super) fn rows(part: &'static str) -> impl Iterator<Item = Row> {
    part.lines().filter(|line| !line.is_empty()).map(Row::read)
}

impl Row {
    fn read(line: &'static str) -> Self {
        let (line, body) = match line.find(" {\"").or_else(|| line.find(" {}")) {
            Some(at) => (&line[..at], Some(&line[at + 1..])),
            None => (line, None),
        };
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let answers: Vec<_> = words.collect();
        assert_eq!(answers.len(), CALLERS.len(), "{line}");
        Self {
            method,
            path,
            body,
            answers,
        }
    }

    /// Returns the expected response for the caller in this column.
    pub(super) fn answer(&self, place: usize) -> Answer {
        Answer::read(self.answers[place])
    }
}

/// A status, and the problem's name when it is one.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) status: u16,
    problem: Option<&'static str>,
}

impl Answer {
    fn read(word: &str) -> Self {
        let (status, problem) = match word {
            "401" => (401, Some("unauthorized")),
            "403" => (403, Some("forbidden")),
            "404" => (404, Some("not-found")),
            "csrf" => (403, Some("csrf")),
            "scope" => (403, Some("insufficient-scope")),
            "pending" => (409, Some("delivery-pending")),
            "reset" => (403, Some("reset-token-invalid")),
            good => (good.parse().unwrap(), None),
        };
        Self { status, problem }
    }

    pub(super) fn is(&self, reply: &Reply) -> bool {
        let named = |slug: &str| {
            reply.header("content-type") == "application/problem+json"
                && reply.body()["type"] == format!("/problems/{slug}")
        };
        // A 401 names the authentication scheme.
        let challenge = self.status != 401 || reply.header("www-authenticate") == "Bearer";
        reply.status.as_u16() == self.status && self.problem.is_none_or(named) && challenge
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.problem.unwrap_or_default())
    }
}
