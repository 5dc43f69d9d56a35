//! The OpenAPI description, and the page that shows it without external resources.

use crate::support::Shop;

#[tokio::test]
async fn the_routes_answer_to_the_methods_that_are_described_and_to_no_others() {
    let shop = Shop::open().await;
    let visitor = shop.visitor();
    let description = visitor.get("/openapi.json").await.expect(200).body();
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 40, "{} paths", paths.len());
    for (path, operations) in paths {
        // What stands in braces may be anything: the method is looked at first.
        let concrete: String = path.replace(['{', '}'], "");
        let reply = visitor.send(visitor.request("TRACE", &concrete), "").await;
        let mut allowed: Vec<_> = reply
            .header("allow")
            .split(',')
            .map(str::to_owned)
            .collect();
        let methods = operations.as_object().unwrap().keys();
        let mut described: Vec<_> = methods.map(|method| method.to_uppercase()).collect();
        // Whoever answers GET answers HEAD.
        if described.iter().any(|method| method == "GET") {
            described.push("HEAD".to_owned());
        }
        allowed.sort();
        described.sort();
        assert_eq!(allowed, described, "{path}");
        reply.problem(405, "method-not-allowed");
    }
}

#[tokio::test]
async fn the_page_finds_all_it_needs_on_the_same_host() {
    let shop = Shop::open().await;
    let visitor = shop.visitor();
    let page = visitor.get("/docs").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let links = page.text.split(['"']).filter(|text| text.starts_with('/'));
    let links: Vec<&str> = links.collect();
    assert!(links.len() >= 5, "{links:?}");
    for link in links {
        let file = visitor.raw("GET", link).await;
        assert_eq!(file.0, 200, "{link}");
        assert!(!file.1.is_empty(), "{link}");
    }
    assert!(!page.text.contains("//"), "nothing is from elsewhere");
    let start = visitor
        .get("/docs/swagger-initializer.js")
        .await
        .expect(200);
    assert!(start.text.contains("\"/openapi.json\""), "{}", start.text);
    visitor
        .get("/docs/nothing.js")
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_description_names_scopes_and_problems() {
    let shop = Shop::open().await;
    let description = shop.visitor().get("/openapi.json").await.expect(200).body();
    let place = &description["paths"]["/v1/orders"]["post"];
    let kinds = |status: &str| {
        let answer = &place["responses"][status]["content"]["application/problem+json"];
        answer["schema"]["allOf"][1]["properties"]["type"]["enum"].clone()
    };
    let conflicts = kinds("409");
    let conflicts = conflicts.as_array().unwrap();
    assert!(
        conflicts.contains(&"/problems/sold-out".into()),
        "{conflicts:?}"
    );
    assert!(conflicts.contains(&"/problems/price-changed".into()));
    assert_eq!(
        place["security"],
        serde_json::json!([
            { "bearer": ["customer", "admin"] },
            { "session": ["customer", "admin"], "csrf": [] },
            { "key": ["orders:write"], "signature": [] },
        ])
    );
    let confirmed = &description["webhooks"]["order.confirmed"]["post"];
    let body = &confirmed["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["properties"]["type"]["const"], "order.confirmed");
    let list = &description["paths"]["/v1/products"]["get"];
    assert!(list["security"].is_null(), "the list is public");
}
