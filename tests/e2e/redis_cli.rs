use std::process::Command;

use serde_json::Value;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn plain_redis_cli_reads_the_streams() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    let id = order["id"].as_str().unwrap();
    let redis_cli = |args: &[&str]| {
        let socket = shop.data().join("redis.sock");
        let output = Command::new("redis-cli")
            .arg("-s")
            .arg(socket)
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };

    let range = redis_cli(&["XRANGE", "sw:{0}:orders:placed", "-", "+", "COUNT", "3"]);
    for words in ["type", "OrderPlaced", "key", id] {
        assert!(range.contains(words), "{words}: {range}");
    }

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lua/peek.lua");
    let topics =
        ["placed", "awaiting-payment", "confirmed"].map(|event| format!("sw:{{0}}:orders:{event}"));
    let [placed, awaiting, confirmed] = topics.each_ref().map(String::as_str);
    let lines = redis_cli(&[
        "--raw", "--eval", script, placed, awaiting, confirmed, ",", "3",
    ]);
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON a line"))
        .collect();
    let kinds: Vec<&str> = lines
        .iter()
        .filter_map(|entry| entry["type"].as_str())
        .collect();
    assert_eq!(
        kinds,
        ["OrderPlaced", "OrderAwaitingPayment", "OrderConfirmed"]
    );
    assert_eq!(lines[0]["data"]["order"]["items"][0]["productId"], "mug-01");
    assert_eq!(lines[2]["data"]["orderId"], id);
    shop.audit().await;
}
