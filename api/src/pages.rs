//! The storefront: pages for customers, rendered on the server.
//!
//! Every page works without scripts: forms post, and the answer redirects to a page that shows the result, so that a
//! reload repeats nothing. A module (`assets/shop.js`) then keeps the order's page current.
//!
//! - **Invariant:** pages call the functions that the API's routes call; no rule has a second implementation.
//! - **Invariant:** [`form::PageForm`] is the only reader of posted forms. It refuses those of other sites and checks the
//!   session's CSRF token.
//! - **Invariant:** every text of a page is one of [`words::Words`], in every language.

mod account;
mod assets;
mod cart;
mod cart_page;
mod checkout;
mod faults;
mod form;
mod format;
mod frame;
mod language;
mod notice;
mod orders;
mod password;
mod pictures;
mod priced_cart;
mod problem_page;
mod products;
mod visitor;
mod words;

use axum::{Router, http::Uri, response::Redirect, routing::get};

use crate::Api;

pub(crate) use problem_page::Reader;
pub(crate) use visitor::HTML;

/// First segments of paths that are neither pages nor of the API: probes, documentation, static files.
const RESERVED: [&str; 8] = [
    "assets",
    "docs",
    "healthz",
    "metrics",
    "openapi.json",
    "pictures",
    "problems",
    "readyz",
];

/// Returns whether a path belongs to the pages.
pub(crate) fn owns(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    let first = first.unwrap_or_default();
    first != "v1" && !RESERVED.contains(&first)
}

/// Leads from an address that only forms post to, entered or reloaded, to the page that has the form.
async fn to_parent(address: Uri) -> Redirect {
    Redirect::to(visitor::parent(address.path()))
}

/// Returns the routes of all pages and of their files.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/", get(products::list))
        .route("/products/{id}", get(products::show))
        .route("/cart", get(cart_page::show))
        .route("/cart/add", get(to_parent).post(cart_page::add))
        .route("/cart/change", get(to_parent).post(cart_page::change))
        .route("/checkout", get(checkout::show).post(checkout::place))
        .route("/orders", get(orders::list))
        .route("/orders/{id}", get(orders::show))
        .route("/orders/{id}/status", get(orders::status))
        .route("/orders/{id}/cancel", get(to_parent).post(orders::cancel))
        .route("/orders/{id}/again", get(to_parent).post(orders::again))
        .route("/login", get(account::show_login).post(account::log_in))
        .route(
            "/register",
            get(account::show_registration).post(account::register),
        )
        .route(
            "/forgotten",
            get(password::show_forgotten).post(password::request),
        )
        .route("/reset", get(password::show_reset).post(password::reset))
        .route("/logout", get(to_parent).post(account::log_out))
        .route("/account", get(account::show))
        .route(
            "/account/password",
            get(to_parent).post(account::change_password),
        )
        .route(
            "/account/sessions",
            get(to_parent).post(account::close_sessions),
        )
        .route("/assets/{file}", get(assets::show))
        .route("/pictures/{id}", get(pictures::show))
}

#[cfg(test)]
mod tests {
    use super::owns;

    #[test]
    fn pages_are_apart_from_the_api_and_the_house() {
        for path in ["/", "/cart", "/orders/1", "/unknown", "/documents"] {
            assert!(owns(path), "{path}");
        }
        for path in ["/v1/orders", "/v1", "/healthz", "/docs/index.css", "//docs"] {
            assert!(!owns(path), "{path}");
        }
    }
}
