//! Bounds on connections, request heads and slow clients; refusals are problem documents.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use api::Connections;
use serde_json::Value;
use supervision::{ChildSpec, SupervisorSpec, Tree};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::Shop;

async fn serve(change: impl FnOnce(&mut Connections)) -> (Shop, Tree, SocketAddr) {
    let mut shop = Shop::open().await;
    shop.reopen_with(|settings| change(&mut settings.connections))
        .await;
    let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = listener.local_addr().unwrap();
    let api = shop.api.clone();
    let server = ChildSpec::task("http", move |context| {
        api.clone().serve(Arc::clone(&listener), context)
    });
    let tree = SupervisorSpec::new("api").child(server);
    (shop, tree.start().await.unwrap(), address)
}

/// Sends `text` and reads until the server closes the connection.
async fn say(address: SocketAddr, text: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may refuse before all of it is sent.
    let _ = stream.write_all(text).await;
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset behind the answer is as good as an end.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn problem(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("application/problem+json"), "{answer}");
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn requests_refused_before_the_router_get_a_problem() {
    let (_shop, tree, address) = serve(|_| {}).await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: shop\r\n\r\n", "x".repeat(66_000));
    let many = format!(
        "GET / HTTP/1.1\r\nHost: shop\r\n{}\r\n",
        "x-many: 1\r\n".repeat(150)
    );
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: shop\r\nx-huge: {}\r\n\r\n",
        "x".repeat(300_000)
    );
    for (request, statuses, slugs) in [
        ("nonsense\r\n\r\n", &[400][..], &["bad-request"][..]),
        (
            "GET / HTTP/1.1\r\nbad header\r\n\r\n",
            &[400],
            &["bad-request"],
        ),
        (&long, &[414, 431], &["uri-too-long", "headers-too-large"]),
        (&many, &[431], &["headers-too-large"]),
        (&huge, &[431], &["headers-too-large"]),
    ] {
        let answer = say(address, request.as_bytes()).await;
        let body = problem(&answer);
        let status = body["status"].as_u64().unwrap();
        assert!(statuses.contains(&status), "{answer}");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        let kind = body["type"].as_str().unwrap();
        assert!(slugs.iter().any(|slug| kind.ends_with(slug)), "{answer}");
    }
    tree.shutdown().await;
}

#[tokio::test]
async fn a_connection_that_sends_no_head_is_closed() {
    let (_shop, tree, address) = serve(|limits| limits.head = Duration::from_millis(200)).await;
    let answer = say(address, b"GET / HTTP/1.1\r\nHost: sh").await;
    assert_eq!(answer, "");
    // So is one that rests after its answer.
    let answer = say(address, b"GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    tree.shutdown().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_408() {
    let (_shop, tree, address) = serve(|limits| limits.body = Duration::from_millis(200)).await;
    let request = b"POST /v1/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\
        Content-Type: application/json\r\n\r\n{\"email\":";
    let answer = say(address, request).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(problem(&answer)["type"], "/problems/slow-body");
    tree.shutdown().await;
}

#[tokio::test]
async fn a_connection_too_many_waits_until_there_is_room() {
    let (_shop, tree, address) = serve(|limits| limits.most = 1).await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n";
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(request).await.unwrap();
    let mut part = [0; 12];
    first.read_exact(&mut part).await.unwrap();
    let last = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(last).await.unwrap();
    let answer = tokio::select! {
        biased;
        answer = rest(&mut second) => answer,
        // The first one goes when nothing else is left to do.
        () = async { for _ in 0..100 { tokio::task::yield_now().await } drop(first) } => {
            rest(&mut second).await
        }
    };
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    tree.shutdown().await;
}

#[tokio::test]
async fn more_requests_than_can_be_answered_at_once_are_refused() {
    let (_shop, tree, address) = serve(|limits| limits.in_flight = 1).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = b"POST /v1/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\
        Content-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    slow.write_all(head).await.unwrap();
    // The server requests the body: the handler is running.
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    slow.read_exact(&mut go_on).await.unwrap();
    let look = b"GET /v1/products HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
    let refused = say(address, look).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(
        refused.to_lowercase().contains("retry-after: 1"),
        "{refused}"
    );
    let probe = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
    assert!(say(address, probe).await.starts_with("HTTP/1.1 200 "));
    slow.write_all(b"{}").await.unwrap();
    assert!(rest(&mut slow).await.starts_with("HTTP/1.1 422 "));
    assert!(say(address, look).await.starts_with("HTTP/1.1 200 "));
    tree.shutdown().await;
}

#[tokio::test]
async fn a_server_that_stops_waits_no_longer_than_it_should() {
    let (_shop, tree, address) = serve(|limits| limits.drain = Duration::from_millis(200)).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = b"POST /v1/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\
        Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n";
    slow.write_all(head).await.unwrap();
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    slow.read_exact(&mut go_on).await.unwrap();
    let report = tree.shutdown().await;
    assert!(report.killed.is_empty(), "{report:?}");
    assert_eq!(rest(&mut slow).await, "");
}
