use reqwest::Method;
use serde_json::Value;
use testkit::eventually;

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

fn restarts(tree: &Value, service: &str, child: &str) -> u64 {
    let find = |children: &Value, name: &str| {
        children
            .as_array()
            .into_iter()
            .flatten()
            .find(|node| node["name"] == name)
            .cloned()
    };
    find(&tree["children"], service)
        .and_then(|service| find(&service["children"], child))
        .and_then(|node| node["restarts"].as_u64())
        .unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn crashing_workers_under_load_loses_no_order() {
    let shop = Shop::open().await;
    let load = ["load", "--orders", "600", "--rate", "200", "--json"];
    let crashes = async {
        for how in ["panic", "kill", "panic"] {
            for path in ["inventory/worker-0", "payment/worker-1", "order/intake"] {
                let output = streamward_on(shop.data(), &["crash", path, "--how", how]).await;
                // A worker may still be in its backoff from the crash before.
                assert!(
                    matches!(output.status.code(), Some(0 | 1)),
                    "{}",
                    text(&output)
                );
            }
        }
    };
    let (report, ()) = tokio::join!(streamward_on(shop.data(), &load), crashes);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report));
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["ended"]["confirmed"], 600, "{report}");

    let tree = eventually("the restart is seen", || async {
        let tree = shop.admin(Method::GET, "/v1/admin/tree", None).await;
        Some(tree).filter(|tree| restarts(tree, "inventory", "worker-0") > 0)
    })
    .await;
    assert!(restarts(&tree, "order", "intake") > 0, "{tree}");
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_crashes_repeatedly_loses_nothing() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    for how in ["panic", "kill", "kill"] {
        let crashed = streamward_on(shop.data(), &["crash", "provider", "--how", how]).await;
        assert_eq!(crashed.status.code(), Some(0), "{}", text(&crashed));
        let order = ada.order("pen-01", 1, Some("pm_card_visa")).await;
        ada.sees(&order, "confirmed").await;
        eventually("the provider runs again", || async {
            let tree = shop.admin(Method::GET, "/v1/admin/tree", None).await;
            let children = tree["children"].as_array()?.clone();
            let provider = children
                .into_iter()
                .find(|node| node["name"] == "provider")?;
            (provider["state"] == "running").then_some(())
        })
        .await;
    }
    shop.audit().await;
}
