use std::os::unix::fs::PermissionsExt;

use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;

use crate::{
    process::{streamward, streamward_on},
    shop::{Shop, data_folder, read_json, token_of},
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

/// The process id of the shop's own redis-server.
async fn redis_pid(shop: &Shop) -> String {
    let url = read_json(&shop.data().join("run.json"))["redis"].clone();
    let client = redis::Client::open(url.as_str().unwrap()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut info = redis::cmd("INFO");
    let text: String = info
        .arg("server")
        .query_async(&mut connection)
        .await
        .unwrap();
    let pid = text
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"));
    pid.unwrap().trim().to_owned()
}

async fn kill(signal: &str, pid: &str) {
    let kill = tokio::process::Command::new("kill")
        .args([signal, pid])
        .status();
    assert!(kill.await.unwrap().success());
}

async fn is_ready(shop: &Shop) {
    eventually("it is ready", || async {
        let (status, _) = shop.send(Method::GET, "/readyz", None, None).await;
        (status == StatusCode::OK).then_some(())
    })
    .await;
}

async fn confirms_an_order(shop: &Shop) {
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_or_freezes_comes_back() {
    let shop = Shop::open().await;
    for _ in 0..3 {
        let pid = redis_pid(&shop).await;
        kill("-KILL", &pid).await;
        is_ready(&shop).await;
        confirms_an_order(&shop).await;
    }
    let pid = redis_pid(&shop).await;
    kill("-STOP", &pid).await;
    let (status, _) = shop.send(Method::GET, "/readyz", None, None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    kill("-CONT", &pid).await;
    is_ready(&shop).await;
    confirms_an_order(&shop).await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_start_again_is_tried_until_it_can() {
    let data = data_folder();
    let log = data.path().join("log");
    let file = std::fs::File::create(&log).unwrap();
    let mut shop = Shop::open_logging(&[], file.into()).await;
    let manifest = shop
        .data()
        .join("redis/appendonlydir/appendonly.aof.manifest");
    let good = std::fs::read(&manifest).unwrap();
    let pid = redis_pid(&shop).await;
    std::fs::write(&manifest, "damaged").unwrap();
    kill("-KILL", &pid).await;
    let count = |words: &str| {
        let said = std::fs::read_to_string(&log).unwrap();
        said.lines().filter(|line| line.contains(words)).count()
    };
    eventually("the cause is logged", || async {
        (count("redis-check-aof --fix") > 0).then_some(())
    })
    .await;
    // Each start appends to the server's own log.
    let server_log = shop.data().join("redis/redis.log");
    let starts = || {
        let said = std::fs::read_to_string(&server_log).unwrap();
        said.matches("Redis is starting").count()
    };
    let before = starts();
    eventually("it is tried again", || async {
        (starts() >= before + 3).then_some(())
    })
    .await;
    assert_eq!(count("redis-check-aof --fix"), 1);
    let (status, _) = shop.send(Method::GET, "/readyz", None, None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    std::fs::write(&manifest, good).unwrap();
    is_ready(&shop).await;
    assert_eq!(count("redis-check-aof --fix"), 1);
    confirms_an_order(&shop).await;
    shop.audit().await;
    assert_eq!(shop.terminate().await, Some(0));
}
