//! Payment in the browser.

use crate::support::{Provider, reply};

#[tokio::test]
async fn the_pay_page_shows_buttons_then_the_result() {
    let provider = Provider::start().await;
    let form = [
        ("amount", "3980"),
        ("currency", "eur"),
        ("return_url", "https://shop.example/?a=1&b=\"><script>"),
    ];
    let intent = provider.send("/v1/payment_intents", &form).await.id();
    let url = format!("{}/pay/{intent}", provider.url);
    let page = reply(provider.client.get(&url)).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("39.80 EUR"));
    assert!(page.text.contains("value=pm_card_visa"));
    assert!(!page.text.contains("<script>"));
    assert!(page.text.contains("?a=1&amp;b=&quot;&gt;&lt;script&gt;"));

    let click = async |method: &str| {
        let clicked = provider
            .client
            .post(&url)
            .form(&[("payment_method", method)]);
        reply(clicked).await.status
    };
    assert_eq!(click("pm_nothing").await, 400);
    assert_eq!(click("pm_card_declined").await, 303);
    assert!(
        reply(provider.client.get(&url))
            .await
            .text
            .contains("was declined")
    );
    assert_eq!(click("pm_card_visa").await, 303);
    assert!(
        reply(provider.client.get(&url))
            .await
            .text
            .contains("Paid.")
    );
    assert_eq!(
        click("pm_card_visa").await,
        303,
        "a second click pays nothing"
    );
    assert_eq!(provider.simulator.ledger().charges, 1);

    let unknown = reply(provider.client.get(format!("{}/pay/pi_x", provider.url))).await;
    assert_eq!(unknown.status, 404);
}
