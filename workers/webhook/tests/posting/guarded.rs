//! No post goes where it must not, whatever the webhook's address said when it was added.

use std::time::Duration;

use egress::Policy;
use store::webhook::DeliveryStatus;
use testkit::Merchant;

use crate::counter::Counter;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn an_inner_address_is_refused_at_the_attempt_by_number_and_by_name() {
    let merchant = Merchant::start("200 OK", "").await;
    let policy = Policy {
        allow_http: true,
        allow_private: false,
    };
    let counter = Counter::with(policy, SECOND).await;
    let by_name = merchant.url().replace("127.0.0.1", "localhost");
    for url in [merchant.url(), &by_name] {
        let webhook = counter.subscribe(url).await;
        counter.confirmed().await;
        counter.work().await;
        let record = counter.newest(&webhook).await;
        assert_eq!(record.status, DeliveryStatus::Pending);
        let error = record.attempts[0].error.clone().unwrap();
        assert!(error.contains("which is this machine"), "{url}: {error}");
    }
    assert!(merchant.posts().is_empty());
}

#[tokio::test]
async fn a_name_that_is_allowed_is_reached() {
    let merchant = Merchant::start("200 OK", "").await;
    let counter = Counter::open().await;
    let by_name = merchant.url().replace("127.0.0.1", "localhost");
    let webhook = counter.subscribe(&by_name).await;
    counter.confirmed().await;
    counter.work().await;
    assert_eq!(
        counter.newest(&webhook).await.status,
        DeliveryStatus::Delivered
    );
    assert!(merchant.posts()[0].header("host").starts_with("localhost:"));
}

#[tokio::test]
async fn plain_http_is_refused_at_the_attempt() {
    let merchant = Merchant::start("200 OK", "").await;
    let policy = Policy {
        allow_http: false,
        allow_private: true,
    };
    let counter = Counter::with(policy, SECOND).await;
    let webhook = counter.subscribe(merchant.url()).await;
    counter.confirmed().await;
    counter.work().await;
    let record = counter.newest(&webhook).await;
    let error = record.attempts[0].error.clone().unwrap();
    assert_eq!(error, "the URL must begin with https://");
    assert!(merchant.posts().is_empty());
}
