use reqwest::{Client, StatusCode};
use serde_json::Value;
use testkit::{RedisServer, eventually};

use crate::{process::Process, shop::data_folder};

/// Returns a free address.
async fn free_address() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_process_shows_its_health_its_metrics_and_its_tree() {
    let (mut redis, data) = (RedisServer::start_durable(), data_folder());
    let (address, url) = (free_address().await, redis.url());
    let data = data.path().to_str().unwrap();
    let place = ["--data", data, "--redis", &url, "--listen", &address];
    let worker = [&["worker", "order", "inventory"], &place[..]].concat();
    let worker = Process::start(&worker).await;
    assert_eq!(worker.ready, "order inventory");

    let http = Client::new();
    let get = async |path: &str| {
        let answer = http.get(format!("http://{address}{path}")).send().await;
        let answer = answer.expect("it answers");
        (answer.status(), answer.text().await.expect("it is text"))
    };
    assert_eq!(get("/healthz").await, (StatusCode::OK, "ok".to_owned()));
    assert_eq!(get("/readyz").await, (StatusCode::OK, "ok".to_owned()));
    let (_, metrics) = get("/metrics").await;
    assert!(
        metrics.contains("# TYPE streamward_lost_before_ack_total counter"),
        "{metrics}"
    );
    let (_, tree) = get("/tree").await;
    let tree: Value = serde_json::from_str(&tree).unwrap();
    let names: Vec<&str> = tree["children"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|child| child["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "metrics",
            "clock",
            "status",
            "order",
            "inventory",
            "auditor"
        ]
    );
    assert_eq!(get("/v1/products").await.0, StatusCode::NOT_FOUND);

    redis.kill();
    eventually("it is alive and not ready", || async {
        let states = (get("/healthz").await.0, get("/readyz").await.0);
        (states == (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE)).then_some(())
    })
    .await;
    redis.restart();
    eventually("it is ready again", || async {
        (get("/readyz").await.0 == StatusCode::OK).then_some(())
    })
    .await;
    assert_eq!(worker.terminate().await, Some(0));
}
