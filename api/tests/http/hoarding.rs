//! Unpaid orders of one customer are limited; the problem names the limit.

use serde_json::{Value, json};
use store::order::OpenLimits;

use crate::support::Shop;

fn order_of(units: u32) -> Value {
    json!({ "items": [{ "productId": "mug-01", "quantity": units }] })
}

#[tokio::test]
async fn a_limit_that_is_reached_is_named_with_its_figures() {
    let mut shop = Shop::stocked().await;
    shop.reopen_with(|settings| {
        settings.open_limits = OpenLimits {
            orders: 2,
            units: 5,
        };
    })
    .await;
    let customer = shop.customer().await;
    customer.post("/v1/orders", order_of(4)).await.expect(202);

    let refused = customer.post("/v1/orders", order_of(2)).await;
    let problem = refused.problem(409, "too-many-open-units");
    let limit = json!({ "name": "maxOpenUnits", "max": 5, "open": 4, "productId": "mug-01" });
    assert_eq!(problem["limit"], limit);
    assert_eq!(problem["errors"][0]["pointer"], "#/items/0/quantity");

    let second = customer.order_with_key("second", &order_of(1)).await;
    let id = second.expect(202).body()["id"].clone();
    let refused = customer.post("/v1/orders", order_of(1)).await;
    let problem = refused.problem(409, "too-many-open-orders");
    let limit = json!({ "name": "maxOpenOrders", "max": 2, "open": 2 });
    assert_eq!(problem["limit"], limit);

    // What was accepted is found again, and other customers are served.
    let again = customer.order_with_key("second", &order_of(1)).await;
    assert_eq!(again.expect(202).body()["id"], id);
    let other = shop.customer().await;
    other.post("/v1/orders", order_of(1)).await.expect(202);
}
