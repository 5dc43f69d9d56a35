//! A flash sale: many buyers rush for a few units of one product.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use contracts::CustomerId;
use fake::{Fake, faker::name::en::Name};
use serde_json::json;
use shop::{api_client::ApiClient, locate};
use store::account::{self, Role, User};
use streamward::{Runtime, clock};

use super::{
    LoadArgs, Mix,
    customers::{Customers, run_name},
    report::LoadReport,
};

/// The rush is over long before.
const SESSION: Duration = Duration::from_secs(3600);
const PRICE: i64 = 1990;

/// Puts a new product with `--units` units on sale and lets `--orders` buyers in, each a customer of
/// their own. Their sessions are opened past the API: what it costs to hash passwords is not what is
/// measured.
pub(super) async fn invite(args: &LoadArgs, runtime: &Runtime) -> Result<Arc<Customers>> {
    let (run, access) = (run_name(), locate::admin(&args.place)?);
    let admin = ApiClient::new(&access.api, Some(&access.token))?;
    let product = format!("flash-{run}");
    let sale = json!({
        "id": &product,
        "name": "Flash sale",
        "price": { "amount": PRICE, "currency": "EUR" },
    });
    admin
        .post("/v1/products", &sale)
        .await
        .context("adding the product")?;
    let stock = json!({ "delta": args.units });
    admin
        .post(&format!("/v1/products/{product}/stock"), &stock)
        .await
        .context("stocking the product")?;
    let mut clients = Vec::new();
    for n in 0..args.orders {
        let token = buyer(runtime, &format!("flash-{run}-{n}@example.com")).await?;
        clients.push(admin.with_token(&token));
    }
    Ok(Arc::new(Customers {
        clients,
        products: vec![product],
        run,
        method: Some("pm_card_visa".to_owned()),
        most_units: 1,
        mix: Mix::Uniform,
        patience: args.patience,
    }))
}

async fn buyer(runtime: &Runtime, email: &str) -> Result<String> {
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email: email.to_owned(),
        name: Name().fake(),
        phone: None,
        password_hash: String::new(),
        roles: vec![Role::Customer],
    };
    let token = format!(
        "sw_{:032x}{:032x}",
        rand::random::<u128>(),
        rand::random::<u128>()
    );
    account::open_session(runtime, &token, &user, SESSION).await?;
    Ok(token)
}

/// Whether the sale came out as it must: every unit sold, none twice, and everybody answered.
pub(super) fn sold_exactly(report: &LoadReport, units: u64) -> bool {
    report.is_complete() && report.ended.get("confirmed") == Some(&units.min(report.placed))
}
