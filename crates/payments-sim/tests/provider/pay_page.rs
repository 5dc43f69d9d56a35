//! Payment in the browser.

use payments_sim::Settings;

use crate::support::{Provider, reply, settings};

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
    let paid = provider
        .client
        .post(&url)
        .form(&[("payment_method", "pm_card_visa")]);
    let paid = paid.send().await.unwrap();
    assert_eq!(paid.status(), 303);
    let back = paid.headers()["location"].to_str().unwrap();
    assert!(back.starts_with("https://shop.example/"), "{back}");
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

#[tokio::test]
async fn a_paid_order_leads_back_to_its_page_in_the_shop() {
    let provider = Provider::with(Settings {
        return_url: Some("https://shop.example/orders/{order_id}".to_owned()),
        ..settings()
    })
    .await;
    for (order, back) in [
        ("01K9", Some("https://shop.example/orders/01K9")),
        ("../evil", None),
        ("a@evil.example", None),
    ] {
        let form = [
            ("amount", "3980"),
            ("currency", "eur"),
            ("metadata[order_id]", order),
        ];
        let intent = provider.send("/v1/payment_intents", &form).await.id();
        let url = format!("{}/pay/{intent}", provider.url);
        let page = provider.client.get(&url).send().await.unwrap();
        // Browsers apply the policy of forms to the redirect too.
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        let allowed = policy.ends_with("form-action 'self' https://shop.example");
        assert_eq!(allowed, back.is_some(), "{policy}");
        for (method, leads_back) in [("pm_card_declined", false), ("pm_card_visa", true)] {
            let click = provider
                .client
                .post(&url)
                .form(&[("payment_method", method)]);
            let reply = click.send().await.unwrap();
            let to = reply.headers()["location"].to_str().unwrap();
            let page = format!("/pay/{intent}");
            let expected = back.filter(|_| leads_back).unwrap_or(&page);
            assert_eq!(to, expected, "{order} {method}");
        }
    }
}
