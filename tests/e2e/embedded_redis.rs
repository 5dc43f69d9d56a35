use std::os::unix::fs::PermissionsExt;

use reqwest::Method;
use serde_json::json;

use crate::{
    process::{streamward, streamward_on},
    shop::{Shop, read_json, token_of},
};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_exits_with_0_and_the_next_start_continues() {
    let mut shop = Shop::open().await;
    let token = token_of(shop.data());
    for file in ["admin.json", "provider.json"] {
        let mode = shop
            .data()
            .join(file)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    shop.admin(
        Method::POST,
        "/v1/products/mug-01/stock",
        Some(&json!({ "delta": 7 })),
    )
    .await;
    let before = shop.stock("mug-01").await;

    assert_eq!(shop.terminate().await, Some(0));
    assert!(!shop.data().join("run.json").exists());
    assert!(!shop.data().join("redis.sock").exists());

    shop.restart().await;
    assert_eq!(shop.stock("mug-01").await, before);
    assert_eq!(token_of(shop.data()), token);
    let run = read_json(&shop.data().join("run.json"));
    assert_eq!(run["api"], json!(shop.api));
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_shop_on_the_same_data_is_refused() {
    let shop = Shop::open().await;
    let second = streamward_on(shop.data(), &["up", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(second.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&second.stderr).contains("--data"));
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_too_deep_for_a_socket_is_refused_by_name() {
    let deep = format!("/tmp/sw-{}", "x".repeat(120));
    let output = streamward(&["up", "--data", &deep]).await;
    std::fs::remove_dir_all(&deep).unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--data"));
}
