use serde_json::Value;
use testkit::eventually;

use crate::{
    process::{streamward_on, text},
    shop::{Shop, read_json},
};

async fn length_of_orders(shop: &Shop) -> Option<u64> {
    let output = streamward_on(shop.data(), &["streams", "--json"]).await;
    let streams: Value = serde_json::from_slice(&output.stdout).ok()?;
    streams["streams"]
        .as_array()?
        .iter()
        .find(|it| it["stream"] == "sw:{0}:orders:placed")?["length"]
        .as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_continues_on_its_data_after_kill_9() {
    // Fixed ports, so that the load generator finds the shop again.
    let mut shop = Shop::open().await;
    let api = shop.api.strip_prefix("http://").unwrap().to_owned();
    let provider = read_json(&shop.data().join("run.json"))["provider"].clone();
    let provider = provider
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    assert_eq!(shop.terminate().await, Some(0));
    shop.restart_with(&["--listen", &api, "--provider-listen", &provider])
        .await;

    let data = shop.data().to_owned();
    let load = ["load", "--orders", "800", "--rate", "200", "--json"];
    let kill = async {
        eventually("orders are under way", || async {
            length_of_orders(&shop)
                .await
                .filter(|length| *length >= 300)
        })
        .await;
        shop.kill().await;
        shop.restart().await;
    };
    let (output, ()) = tokio::join!(streamward_on(&data, &load), kill);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ended"]["confirmed"], 800, "{report}");
    // Every charge belongs to one confirmed order.
    assert_eq!(shop.provider_ledger().await["charges"], 800);
    shop.audit().await;
}
