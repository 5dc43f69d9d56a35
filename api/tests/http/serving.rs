//! A real port, under supervision.

use std::{net::SocketAddr, sync::Arc};

use serde_json::json;
use supervision::{ChildSpec, Fault, NodeState, SupervisorSpec, Tree};
use testkit::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::Shop;

async fn serve(shop: &Shop) -> (Tree, SocketAddr) {
    let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = listener.local_addr().unwrap();
    let api = shop.api.clone();
    let server = ChildSpec::task("http", move |context| {
        api.clone().serve(Arc::clone(&listener), context)
    });
    let tree = SupervisorSpec::new("api")
        .child(server)
        .start()
        .await
        .unwrap();
    (tree, address)
}

async fn rest_of(stream: &mut TcpStream) -> Option<String> {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    (!answer.is_empty()).then_some(answer)
}

async fn healthz(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.ok()?;
    rest_of(&mut stream).await
}

#[tokio::test]
async fn a_server_that_crashed_serves_again_on_the_same_port() {
    let shop = Shop::open().await;
    let (tree, address) = serve(&shop).await;
    for _ in 0..3 {
        let answer = eventually("an answer", || healthz(address)).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok"),
            "{answer}"
        );
        tree.crash("http", Fault::Panic).unwrap();
    }
    eventually("an answer", || healthz(address)).await;
    let report = tree.shutdown().await;
    assert!(report.killed.is_empty(), "{report:?}");
}

#[tokio::test]
async fn a_request_under_way_is_finished_before_the_server_stops() {
    let shop = Shop::open().await;
    let (tree, address) = serve(&shop).await;
    let body = json!({ "email": "ada@example.com" }).to_string();
    let head = format!(
        "POST /v1/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server requests the body: the handler is running.
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut go_on).await.unwrap();
    let finish = async {
        eventually("the server is stopping", || async {
            let state = tree.snapshot().at("http").map(|http| http.state);
            (state == Some(NodeState::Stopping)).then_some(())
        })
        .await;
        stream.write_all(body.as_bytes()).await.unwrap();
        rest_of(&mut stream).await.unwrap()
    };
    let (report, answer) = tokio::join!(tree.shutdown(), finish);
    assert!(report.killed.is_empty(), "{report:?}");
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    assert!(answer.contains("#/password"), "{answer}");
}

#[tokio::test]
async fn a_client_that_sends_too_much_still_gets_its_answer() {
    let shop = Shop::open().await;
    let (tree, address) = serve(&shop).await;
    let body = vec![b' '; 1 << 20];
    let head = format!(
        "POST /v1/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let answer = rest_of(&mut stream).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("/problems/body-too-large"), "{answer}");
    tree.shutdown().await;
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_event_streams() {
    let shop = Shop::stocked().await;
    let (tree, address) = serve(&shop).await;
    let ada = shop.customer().await;
    let body = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = ada.post("/v1/orders", body).await.expect(202).body();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /v1/orders/{}/events HTTP/1.1\r\nHost: shop\r\nAccept: text/event-stream\r\n\
         Authorization: Bearer {}\r\n\r\n",
        placed["id"].as_str().unwrap(),
        ada.token.as_deref().unwrap(),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("OrderPlaced") {
        assert!(stream.read_buf(&mut read).await.unwrap() > 0);
    }
    let report = tree.shutdown().await;
    assert!(report.killed.is_empty(), "{report:?}");
    let rest = rest_of(&mut stream).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "it ends in order: {rest:?}");
}
