//! `/v1` requires the secret key; `/sim` does not.

use crate::support::{Provider, reply};

#[tokio::test]
async fn bearer_and_basic_credentials_are_accepted() {
    let provider = Provider::start().await;
    let get = || {
        provider
            .client
            .get(format!("{}/v1/payment_intents", provider.url))
    };
    assert_eq!(reply(get().bearer_auth(&provider.key)).await.status, 200);
    assert_eq!(
        reply(get().basic_auth(&provider.key, Some("")))
            .await
            .status,
        200
    );
    reply(get())
        .await
        .assert_error(401, "invalid_request_error", None);
    reply(get().bearer_auth("sk_test_guess"))
        .await
        .assert_error(401, "invalid_request_error", None);
    let post = provider.client.post(format!("{}/v1/refunds", provider.url));
    reply(post)
        .await
        .assert_error(401, "invalid_request_error", None);
    let open = provider.client.get(format!("{}/sim/ledger", provider.url));
    assert_eq!(reply(open).await.status, 200);
}
