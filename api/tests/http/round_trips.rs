//! The number of Redis round trips of an order.

use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn placing_an_order_takes_one_session_read_and_one_script() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [
        { "productId": "mug-01", "quantity": 1 },
        { "productId": "tea-01", "quantity": 1 },
    ], "paymentMethod": "pm_card_visa" });
    // The first one loads the script.
    customer.order_with_key("first", &order).await.expect(202);
    let mut connection = shop.redis.connection().await;
    let reset = redis::cmd("CONFIG")
        .arg("RESETSTAT")
        .query_async::<()>(&mut connection)
        .await;
    reset.unwrap();
    customer.order_with_key("second", &order).await.expect(202);
    let stats: String = redis::cmd("INFO")
        .arg("commandstats")
        .query_async(&mut connection)
        .await
        .unwrap();
    let calls = |command: &str| {
        let line = stats
            .lines()
            .find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()?.parse::<u32>().ok())
            .unwrap_or(0)
    };
    // The session; and, by the script, the customer's unpaid orders.
    assert_eq!((calls("hgetall"), calls("evalsha")), (2, 1), "{stats}");
    // The script alone calls these, once each.
    for inner in ["get", "xadd", "hset", "zadd", "set"] {
        assert_eq!(calls(inner), 1, "{inner}: {stats}");
    }
    for unwanted in ["eval", "hget", "script|load", "exists", "ping"] {
        assert_eq!(calls(unwanted), 0, "{unwanted}: {stats}");
    }
}
