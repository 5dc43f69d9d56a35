//! Every route, in one table.

mod api_keys;
mod auth;
mod cancel;
mod coupon_fields;
mod coupons;
mod dead;
mod dead_many;
mod health;
mod order_events;
mod order_json;
mod order_request;
mod orders;
mod password;
mod pay;
mod place;
mod probes;
mod problems;
mod product_edit;
pub(crate) mod product_fields;
mod product_query;
mod products;
mod provider_event;
mod refund;
mod sessions;
mod stock;
mod streams;
mod tree;
mod webhook;
mod webhook_deliveries;
mod webhook_fields;
mod webhook_json;
mod webhooks;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{delete, get, post},
};

pub(crate) use auth::person::email as mail_address;
pub(crate) use probes::exposition_of;

use crate::{Api, cors::cors, edge::edge, gate::gate, squeeze::squeeze};

impl Api {
    /// All routes, behind the layers that every request passes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/orders", post(place::place).get(orders::list))
            .route("/v1/orders/{id}", get(orders::show))
            .route("/v1/orders/{id}/events", get(order_events::show))
            .route("/v1/orders/{id}/pay", post(pay::pay))
            .route("/v1/orders/{id}/cancel", post(cancel::cancel))
            .route("/v1/orders/{id}/refund", post(refund::refund))
            .route("/v1/payments/webhook", post(webhook::receive))
            .route("/v1/products", get(products::list).post(product_edit::add))
            .route(
                "/v1/products/{id}",
                get(products::show)
                    .patch(product_edit::change)
                    .delete(product_edit::remove),
            )
            .route(
                "/v1/products/{id}/stock",
                get(stock::show).post(stock::adjust),
            )
            .route("/v1/products/{id}/stock/ledger", get(stock::lines))
            .route("/v1/coupons", post(coupons::add).get(coupons::list))
            .route(
                "/v1/coupons/{code}",
                get(coupons::show)
                    .patch(coupons::change)
                    .delete(coupons::remove),
            )
            .merge(webhook_routes())
            .route("/v1/auth/register", post(auth::register))
            .route("/v1/auth/login", post(auth::login))
            .route("/v1/auth/logout", post(auth::logout))
            .route("/v1/auth/password", post(password::change))
            .route("/v1/auth/session", get(sessions::show))
            .route(
                "/v1/auth/sessions",
                get(sessions::list).delete(sessions::close_all),
            )
            .route("/v1/api-keys", post(api_keys::add).get(api_keys::list))
            .route("/v1/api-keys/{id}", delete(api_keys::remove))
            .route("/v1/admin/tree", get(tree::show))
            .route("/v1/admin/crash", post(tree::crash))
            .route("/v1/admin/streams", get(streams::list))
            .route("/v1/admin/health", get(health::show))
            .route("/v1/admin/dead/{group}", get(dead::list))
            .route("/v1/admin/dead/{group}/replay", post(dead_many::replay))
            .route("/v1/admin/dead/{group}/{id}", delete(dead::discard))
            .route("/v1/admin/dead/{group}/{id}/replay", post(dead::replay))
            .route("/problems", get(problems::list))
            .route("/problems/{slug}", get(problems::show))
            .route("/healthz", get(probes::alive))
            .route("/readyz", get(probes::ready))
            .route("/metrics", get(probes::metrics))
            .layer(from_fn_with_state(self.clone(), gate))
            .layer(from_fn(squeeze))
            .layer(from_fn_with_state(self.clone(), cors))
            .layer(from_fn(edge))
            .with_state(self.clone())
    }
}

/// Who is told by HTTP of what happens.
fn webhook_routes() -> Router<Api> {
    Router::new()
        .route("/v1/webhooks", post(webhooks::add).get(webhooks::list))
        .route(
            "/v1/webhooks/{id}",
            get(webhooks::show)
                .patch(webhooks::change)
                .delete(webhooks::remove),
        )
        .route("/v1/webhooks/{id}/rotate", post(webhooks::rotate))
        .route("/v1/webhooks/{id}/ping", post(webhook_deliveries::ping))
        .route(
            "/v1/webhooks/{id}/deliveries",
            get(webhook_deliveries::list),
        )
        .route(
            "/v1/webhooks/{id}/deliveries/{delivery}/replay",
            post(webhook_deliveries::replay),
        )
}
