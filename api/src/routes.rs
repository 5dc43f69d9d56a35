//! Every route, in one table. Each describes itself for OpenAPI.

mod admin;
pub(crate) mod auth;
mod coupons;
mod docs;
mod merchant_webhooks;
pub(crate) mod orders;
mod payments;
mod problems;
pub(crate) mod products;

use axum::{Router, middleware::from_fn_with_state};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Api, health, middleware::stack, openapi, pages};

impl Api {
    /// Returns the router of all routes, behind the middleware.
    pub fn router(&self) -> Router {
        Router::from(described())
            .merge(pages::routes())
            .layer(from_fn_with_state(self.clone(), stack))
            .with_state(self.clone())
    }
}

/// Returns all routes with their descriptions.
pub(crate) fn described() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(openapi::head())
        .merge(orders())
        .merge(catalogue())
        .merge(accounts())
        .merge(webhook_routes())
        .merge(operators())
        .merge(house())
}

fn orders() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(orders::place::place, orders::list))
        .routes(routes!(orders::show))
        .routes(routes!(orders::events::show))
        .routes(routes!(orders::transitions::pay))
        .routes(routes!(orders::transitions::cancel))
        .routes(routes!(orders::transitions::refund))
        .routes(routes!(payments::provider_callback::receive))
}

fn catalogue() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(products::list, products::edit::add))
        .routes(routes!(
            products::show,
            products::edit::change,
            products::edit::remove
        ))
        .routes(routes!(products::stock::show, products::stock::adjust))
        .routes(routes!(products::stock::lines))
        .routes(routes!(coupons::add, coupons::list))
        .routes(routes!(coupons::show, coupons::change, coupons::remove))
}

fn accounts() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(auth::registration::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::password::change))
        .routes(routes!(auth::forgotten_password::request))
        .routes(routes!(auth::forgotten_password::reset))
        .routes(routes!(auth::sessions::show))
        .routes(routes!(auth::sessions::list, auth::sessions::close_all))
        .routes(routes!(auth::api_keys::add, auth::api_keys::list))
        .routes(routes!(auth::api_keys::remove))
}

fn webhook_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(merchant_webhooks::add, merchant_webhooks::list))
        .routes(routes!(
            merchant_webhooks::show,
            merchant_webhooks::change,
            merchant_webhooks::remove
        ))
        .routes(routes!(merchant_webhooks::rotate))
        .routes(routes!(merchant_webhooks::deliveries::ping))
        .routes(routes!(merchant_webhooks::deliveries::list))
        .routes(routes!(merchant_webhooks::deliveries::replay))
}

fn operators() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(admin::tree::show))
        .routes(routes!(admin::tree::crash))
        .routes(routes!(admin::streams::list))
        .routes(routes!(health::report::show))
        .routes(routes!(admin::dead_letters::list))
        .routes(routes!(admin::dead_letters::replay_all))
        .routes(routes!(admin::dead_letters::discard))
        .routes(routes!(admin::dead_letters::replay))
}

fn house() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(problems::list))
        .routes(routes!(problems::show))
        .routes(routes!(docs::document))
        .routes(routes!(docs::page))
        .routes(routes!(docs::file))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}
