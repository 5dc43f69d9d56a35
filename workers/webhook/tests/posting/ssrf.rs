//! Every attempt checks the address again (prevents SSRF).

use egress::Policy;
use store::webhook::DeliveryStatus;
use testkit::Merchant;

use crate::harness::Harness;

#[tokio::test]
async fn a_private_address_is_refused_by_number_and_by_name() {
    let merchant = Merchant::start("200 OK", "").await;
    let policy = Policy {
        allow_http: true,
        allow_private: false,
    };
    let harness = Harness::with(policy).await;
    let by_name = merchant.url().replace("127.0.0.1", "localhost");
    for url in [merchant.url(), &by_name] {
        let webhook = harness.subscribe(url).await;
        harness.confirm_order().await;
        harness.run_attempts().await;
        let record = harness.newest(&webhook).await;
        assert_eq!(record.status, DeliveryStatus::Pending);
        let error = record.attempts[0].error.clone().unwrap();
        assert!(error.contains("which is this machine"), "{url}: {error}");
    }
    assert!(merchant.requests().is_empty());
}

#[tokio::test]
async fn an_allowed_name_is_reached() {
    let merchant = Merchant::start("200 OK", "").await;
    let harness = Harness::start().await;
    let by_name = merchant.url().replace("127.0.0.1", "localhost");
    let webhook = harness.subscribe(&by_name).await;
    harness.confirm_order().await;
    harness.run_attempts().await;
    assert_eq!(
        harness.newest(&webhook).await.status,
        DeliveryStatus::Delivered
    );
    assert!(
        merchant.requests()[0]
            .header("host")
            .starts_with("localhost:")
    );
}

#[tokio::test]
async fn plain_http_is_refused() {
    let merchant = Merchant::start("200 OK", "").await;
    let policy = Policy {
        allow_http: false,
        allow_private: true,
    };
    let harness = Harness::with(policy).await;
    let webhook = harness.subscribe(merchant.url()).await;
    harness.confirm_order().await;
    harness.run_attempts().await;
    let record = harness.newest(&webhook).await;
    let error = record.attempts[0].error.clone().unwrap();
    assert_eq!(error, "the URL must begin with https://");
    assert!(merchant.requests().is_empty());
}
