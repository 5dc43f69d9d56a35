//! The clock of Redis is twenty minutes off: it decides, orders are charged, and the skew is shown.

use reqwest::Method;
use testkit::RedisServer;

use crate::shop::{Shop, data_folder};

const SHIFT_S: i64 = 20 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_charged_in_time_by_the_clock_of_redis() {
    for seconds in [SHIFT_S, -SHIFT_S] {
        let redis = RedisServer::start_shifted(seconds);
        let folder = data_folder();
        let log = folder.path().join("log");
        let file = std::fs::File::create(&log).unwrap();
        let shop = Shop::open_logging(&["--redis", &redis.url()], file.into()).await;
        let ada = shop.customer().await;
        let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
        ada.sees(&order, "confirmed").await;

        let health = shop.admin(Method::GET, "/v1/admin/health", None).await;
        let skew = health["redis"]["clockSkewMs"].as_i64().unwrap();
        assert!(skew.abs_diff(seconds * 1000) < 1000, "{health}");
        let metrics = reqwest::get(format!("{}/metrics", shop.api)).await.unwrap();
        let metrics = metrics.text().await.unwrap();
        let shown = metrics
            .lines()
            .find_map(|line| line.strip_prefix("streamward_clock_skew_ms "));
        let shown: f64 = shown.unwrap().parse().unwrap();
        assert_eq!(format!("{:.0}", shown / 1000.0), seconds.to_string());
        let said = std::fs::read_to_string(&log).unwrap();
        assert_eq!(
            said.matches("the clocks of redis and of this machine differ")
                .count(),
            1,
            "{said}"
        );
        shop.audit().await;
    }
}
