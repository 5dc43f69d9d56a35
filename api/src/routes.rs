//! Every route, in one table.

mod api_keys;
mod auth;
mod cancel;
mod coupon_fields;
mod coupons;
mod dead;
mod dead_many;
mod docs;
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
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use auth::person::email as mail_address;
pub(crate) use probes::exposition_of;

use crate::{Api, cors::cors, edge::edge, gate::gate, openapi, squeeze::squeeze};

impl Api {
    /// All routes, behind what every request passes.
    pub fn router(&self) -> Router {
        Router::from(described())
            .layer(from_fn_with_state(self.clone(), pass))
            .with_state(self.clone())
    }
}

/// What every request passes, from the outside in. It is one layer, because each of axum's costs a request
/// several allocations, and copies of all that are within it.
async fn pass(State(api): State<Api>, request: Request, next: Next) -> Response {
    let api = &api;
    let gate = async |request| gate(api, request, next).await;
    let squeeze = async |request| squeeze(request, gate).await;
    let cors = async |request| cors(api, request, squeeze).await;
    edge(request, cors).await
}

/// All routes and what they say of themselves.
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
        .routes(routes!(place::place, orders::list))
        .routes(routes!(orders::show))
        .routes(routes!(order_events::show))
        .routes(routes!(pay::pay))
        .routes(routes!(cancel::cancel))
        .routes(routes!(refund::refund))
        .routes(routes!(webhook::receive))
}

fn catalogue() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(products::list, product_edit::add))
        .routes(routes!(
            products::show,
            product_edit::change,
            product_edit::remove
        ))
        .routes(routes!(stock::show, stock::adjust))
        .routes(routes!(stock::lines))
        .routes(routes!(coupons::add, coupons::list))
        .routes(routes!(coupons::show, coupons::change, coupons::remove))
}

fn accounts() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(password::change))
        .routes(routes!(sessions::show))
        .routes(routes!(sessions::list, sessions::close_all))
        .routes(routes!(api_keys::add, api_keys::list))
        .routes(routes!(api_keys::remove))
}

/// Who is told by HTTP of what happens.
fn webhook_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(webhooks::add, webhooks::list))
        .routes(routes!(webhooks::show, webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhook_deliveries::ping))
        .routes(routes!(webhook_deliveries::list))
        .routes(routes!(webhook_deliveries::replay))
}

fn operators() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(tree::show))
        .routes(routes!(tree::crash))
        .routes(routes!(streams::list))
        .routes(routes!(health::show))
        .routes(routes!(dead::list))
        .routes(routes!(dead_many::replay))
        .routes(routes!(dead::discard))
        .routes(routes!(dead::replay))
}

fn house() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(problems::list))
        .routes(routes!(problems::show))
        .routes(routes!(docs::document))
        .routes(routes!(docs::page))
        .routes(routes!(docs::file))
        .routes(routes!(probes::alive))
        .routes(routes!(probes::ready))
        .routes(routes!(probes::metrics))
}
