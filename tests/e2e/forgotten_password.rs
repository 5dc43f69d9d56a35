//! A forgotten password is replaced by the link of a mail.

use std::path::{Path, PathBuf};

use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;

use crate::shop::Shop;

#[tokio::test]
async fn the_link_of_a_mail_sets_a_new_password() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let body = json!({ "email": "customer-0@example.com" });
    let path = "/v1/auth/password/forgotten";
    let (status, _) = shop.send(Method::POST, path, None, Some(&body)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let mail = eventually("the mail", || async {
        let mail = shop.outbox("-passwordReset.eml").pop()?;
        std::fs::read_to_string(mail).ok()
    })
    .await;
    // Long lines are folded by quoted-printable.
    let mail = mail.replace("=\r\n", "").replace("=3D", "=");
    let start = format!("{}/reset?token=", shop.api);
    let (_, rest) = mail.split_once(&start).expect("a link to the shop");
    let is_token = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let token: String = rest.chars().take_while(is_token).collect();
    let holders = files_with(&shop.data().join("redis"), token.as_bytes());
    assert!(holders.is_empty(), "the token is in {holders:?}");

    let body = json!({ "token": token, "newPassword": "battery staple" });
    let path = "/v1/auth/password/reset";
    let (status, _) = shop.send(Method::POST, path, None, Some(&body)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let token = Some(customer.token.as_str());
    let (status, _) = shop.send(Method::GET, "/v1/orders", token, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "its sessions are over");
    let body = json!({ "email": "customer-0@example.com", "password": "battery staple" });
    let path = "/v1/auth/login";
    let (status, _) = shop.send(Method::POST, path, None, Some(&body)).await;
    assert_eq!(status, StatusCode::OK);
    shop.audit().await;
}

/// The files below a folder that contain these bytes.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let holds = |path: &Path| {
        let content = std::fs::read(path).unwrap_or_default();
        content.windows(bytes.len()).any(|part| part == bytes)
    };
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_with(&path, bytes),
            false => Some(path).filter(|path| holds(path)).into_iter().collect(),
        })
        .collect()
}
