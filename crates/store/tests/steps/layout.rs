//! Data of another layout is upgraded when nothing is left to do in it, and refused otherwise.

use store::layout;

use crate::support::Shop;

const OLD: &str = "sw:{0}:orders";

/// Writes an entry of layout 1 that the inventory service has not read.
async fn layout_one(shop: &Shop) {
    shop.redis::<u64>(&["DEL", "sw:{0}:meta"]).await;
    let group = ["XGROUP", "CREATE", OLD, "inventory", "$", "MKSTREAM"];
    shop.redis::<String>(&group).await;
    let add = ["XADD", OLD, "5-0", "type", "OrderPlaced"];
    shop.redis::<String>(&add).await;
}

#[tokio::test]
async fn empty_data_is_claimed_once_and_for_this_layout_only() {
    let shop = Shop::open().await;
    for _ in 0..2 {
        layout::claim(&shop.runtime).await.unwrap();
    }
    let layout: String = shop.redis(&["HGET", "sw:{0}:meta", "layout"]).await;
    assert_eq!(layout, "2");
    shop.redis::<u64>(&["HSET", "sw:{0}:meta", "layout", "3"])
        .await;
    let refused = layout::claim(&shop.runtime).await.unwrap_err().to_string();
    assert!(refused.contains("its layout is 3"), "{refused}");
}

#[tokio::test]
async fn data_of_the_layout_before_is_upgraded_when_all_of_it_is_settled() {
    let shop = Shop::open().await;
    layout_one(&shop).await;
    for state in ["not read", "pending"] {
        let refused = layout::claim(&shop.runtime).await.unwrap_err().to_string();
        for part in [OLD, "inventory", "streamward streams"] {
            assert!(refused.contains(part), "{state}: {refused}");
        }
        let read = ["XREADGROUP", "GROUP", "inventory", "w", "STREAMS", OLD, ">"];
        shop.redis::<redis::Value>(&read).await;
    }
    assert_eq!(shop.redis::<u64>(&["EXISTS", OLD]).await, 1);
    shop.redis::<u64>(&["XACK", OLD, "inventory", "5-0"]).await;
    layout::claim(&shop.runtime).await.unwrap();
    assert_eq!(shop.redis::<u64>(&["EXISTS", OLD]).await, 0);
}

#[tokio::test]
async fn what_a_process_of_the_version_before_wrote_afterwards_is_found_at_the_next_start() {
    let shop = Shop::open().await;
    layout::claim(&shop.runtime).await.unwrap();
    let group = ["XGROUP", "CREATE", OLD, "inventory", "$", "MKSTREAM"];
    shop.redis::<String>(&group).await;
    let add = ["XADD", OLD, "5-0", "type", "OrderPlaced"];
    shop.redis::<String>(&add).await;
    let refused = layout::claim(&shop.runtime).await.unwrap_err().to_string();
    assert!(refused.contains("work left"), "{refused}");
}
