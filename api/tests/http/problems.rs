//! Every error is a problem document, whichever layer returns it.

use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn an_unknown_route_is_a_problem() {
    let shop = Shop::open().await;
    for path in [
        "/nothing",
        "/v1",
        "/v1/nothing",
        "/v1/orders/",
        "/v1//orders",
        "/..%2f..%2fetc",
    ] {
        let problem = shop.visitor().get(path).await.problem(404, "not-found");
        assert_eq!(problem["instance"], path);
    }
}

#[tokio::test]
async fn a_wrong_method_lists_the_allowed_ones() {
    let shop = Shop::open().await;
    for (method, path, allow) in [
        ("PUT", "/v1/orders", "POST,GET,HEAD"),
        ("GET", "/v1/auth/login", "POST"),
        ("POST", "/v1/products/mug-01", "GET,HEAD,PATCH,DELETE"),
        ("BREW", "/healthz", "GET,HEAD"),
    ] {
        let visitor = shop.visitor();
        let reply = visitor.send(visitor.request(method, path), "").await;
        let mut found: Vec<_> = reply
            .header("allow")
            .split(',')
            .map(str::to_owned)
            .collect();
        let mut wanted: Vec<_> = allow.split(',').map(str::to_owned).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{method} {path}");
        reply.problem(405, "method-not-allowed");
    }
}

#[tokio::test]
async fn every_answer_carries_the_usual_headers() {
    let shop = Shop::open().await;
    let visitor = shop.visitor();
    let request = visitor
        .request("GET", "/v1/products")
        .header("x-request-id", "abc-123");
    let reply = visitor.send(request, "").await.expect(200);
    assert_eq!(reply.header("x-request-id"), "abc-123");
    assert_eq!(reply.header("cache-control"), "no-cache", "it has a tag");
    let refused = visitor.get("/v1/orders").await.expect(401);
    assert_eq!(refused.header("cache-control"), "no-store");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let request = visitor
        .request("GET", "/healthz")
        .header("x-request-id", "bad id\t");
    let reply = visitor.send(request, "").await.expect(200);
    assert_eq!(reply.header("x-request-id").len(), 32);
    assert_eq!(reply.header("cache-control"), "");
}

#[tokio::test]
async fn a_panic_is_a_problem_without_details() {
    let mut shop = Shop::open().await;
    let settings = api::Settings::new("whsec_test");
    let broken = || panic!("secret words");
    shop.api = api::Api::open(shop.runtime.clone(), settings, broken)
        .await
        .unwrap();
    let problem = shop
        .visitor()
        .get("/metrics")
        .await
        .problem(500, "internal");
    assert!(!problem.to_string().contains("secret words"), "{problem}");
}

#[tokio::test]
async fn without_redis_orders_fail_fast_and_the_catalogue_is_readable() {
    let mut shop = Shop::stocked().await;
    let customer = shop.customer().await;
    shop.redis.kill();
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let reply = customer.post("/v1/orders", order).await;
    assert_eq!(reply.header("retry-after"), "1");
    reply.problem(503, "unavailable");
    customer.get("/v1/products").await.expect(200);
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_a_page_about_it() {
    let visitor = Shop::open().await.visitor();
    let problem = visitor.get("/v1/nothing").await.problem(404, "not-found");
    let page = visitor
        .get(problem["type"].as_str().unwrap())
        .await
        .expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let title = problem["title"].as_str().unwrap();
    assert!(page.text.contains(title), "{}", page.text);

    let all = visitor.get("/problems").await.expect(200);
    assert!(all.text.contains("/problems/not-found"), "{}", all.text);
    visitor
        .get("/problems/no-such")
        .await
        .problem(404, "not-found");
}
