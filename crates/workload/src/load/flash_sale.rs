//! A flash sale: many customers compete for a few units of one product.

use std::time::Duration;

use anyhow::{Context, Result};
use fake::{Fake, faker::name::en::Name};
use serde_json::json;
use shop::api_client::ApiClient;
use store::account::Role;

use super::{
    LoadArgs, Mix,
    customers::{Customers, run_id},
    report::LoadReport,
};
use crate::session;

/// Far longer than the sale.
const SESSION: Duration = Duration::from_secs(3600);
const PRICE: i64 = 1990;

/// Creates a new product with `--units` units and `--orders` customers.
///
/// Their sessions are opened without the API: the cost of hashing passwords is not measured.
pub(super) async fn prepare(args: &LoadArgs) -> Result<Customers> {
    let (run, admin) = (run_id(), ApiClient::admin(&args.location)?);
    let runtime = args.location.runtime().await?;
    let product = format!("flash-{run}");
    let body = json!({
        "id": &product,
        "name": "Flash sale",
        "price": { "amount": PRICE, "currency": "EUR" },
    });
    let added = admin.post("/v1/products", &body).await;
    added.context("adding the product")?;
    let path = format!("/v1/products/{product}/stock");
    let stocked = admin.post(&path, &json!({ "delta": args.units })).await;
    stocked.context("stocking the product")?;
    let mut clients = Vec::new();
    for n in 0..args.orders {
        let (email, name) = (format!("flash-{run}-{n}@example.com"), Name().fake());
        let token = session::open(&runtime, email, name, Role::Customer, SESSION).await?;
        clients.push(admin.with_token(&token));
    }
    Ok(Customers {
        clients,
        products: vec![product],
        run,
        method: Some("pm_card_visa".to_owned()),
        most_units: 1,
        mix: Mix::Uniform,
        patience: args.patience,
    })
}

/// Returns whether every unit was sold, none twice, and every request answered.
pub(super) fn sold_exactly(report: &LoadReport, units: u64) -> bool {
    report.is_complete() && report.ended.get("confirmed") == Some(&units.min(report.placed))
}
