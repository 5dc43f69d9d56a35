//! Two API processes of one shop share a client's quota.

use reqwest::Client;

use crate::{process::Process, shop::Shop};

const LIMIT: [&str; 2] = ["--rate-limit", "read=7/3600"];

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_one_rate_limit() {
    let shop = Shop::open_with(&LIMIT).await;
    let data = shop.data().to_str().unwrap().to_owned();
    let redis = format!("redis+unix://{data}/redis.sock");
    let other = [
        &["api", "--listen", "127.0.0.1:0", "--data", &data][..],
        &["--redis", &redis, "--webhook-secret", "whsec_other"],
        &LIMIT,
    ]
    .concat();
    let other = Process::start(&other).await;
    let client = Client::new();
    let mut answers = Vec::new();
    for number in 0..10 {
        let api = if number % 2 == 0 {
            &shop.api
        } else {
            &other.ready
        };
        let answer = client
            .get(format!("{api}/v1/products"))
            .send()
            .await
            .unwrap();
        answers.push(answer.status().as_u16());
    }
    assert_eq!(answers, [200, 200, 200, 200, 200, 200, 200, 429, 429, 429]);
    let last = client.get(format!("{}/v1/products", other.ready));
    let last = last.send().await.unwrap();
    assert_eq!(last.headers()["ratelimit-policy"], "\"read\";q=7;w=3600");
    let metrics = client.get(format!("{}/metrics", other.ready));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    let refused = "streamward_api_limited_total{policy=\"read\",outcome=\"refused\"} ";
    assert!(metrics.contains(refused), "{metrics}");
    assert_eq!(other.terminate().await, Some(0));
    shop.audit().await;
}
