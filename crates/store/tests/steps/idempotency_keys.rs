//! An idempotency key is one request's: carried out once, answered the same, free again when its
//! process dies.

use store::idempotency::{Claim, StoredResponse, claim_key, release_key, store_response};

use crate::support::{Effect, Shop};

fn response() -> StoredResponse {
    StoredResponse {
        status: 201,
        kind: "application/json".to_owned(),
        location: "/v1/coupons/A".to_owned(),
        body: b"{\"code\":\"A\"}".to_vec(),
    }
}

#[tokio::test]
async fn the_first_request_runs_and_the_second_gets_its_response() {
    let shop = Shop::open().await;
    let claim = async |print, owner| claim_key(&shop.runtime, "d1", print, owner).await.unwrap();
    assert_eq!(claim("f", "one").await, Claim::Claimed);
    assert!(matches!(claim("f", "two").await, Claim::Running(left) if !left.is_zero()));
    assert_eq!(claim("other", "two").await, Claim::Mismatch);
    assert!(
        store_response(&shop.runtime, "d1", "one", &response())
            .await
            .unwrap()
    );
    assert_eq!(claim("f", "two").await, Claim::Done(response()));
    assert_eq!(claim("other", "two").await, Claim::Mismatch);
    let keys: Vec<String> = shop.redis(&["KEYS", "*:edge:once:*"]).await;
    let left: i64 = shop.redis(&["PTTL", &keys[0]]).await;
    assert!((86_000_000..=86_400_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_key_given_back_is_anybodys() {
    let shop = Shop::open().await;
    claim_key(&shop.runtime, "d1", "f", "one").await.unwrap();
    assert!(release_key(&shop.runtime, "d1", "one").await.unwrap());
    let again = claim_key(&shop.runtime, "d1", "other", "two")
        .await
        .unwrap();
    assert_eq!(again, Claim::Claimed);
}

#[tokio::test]
async fn a_claim_whose_process_died_is_void_after_its_lease() {
    let shop = Shop::open().await;
    claim_key(&shop.runtime, "d1", "f", "one").await.unwrap();
    let keys: Vec<String> = shop.redis(&["KEYS", "*:edge:once:*"]).await;
    let left: i64 = shop.redis(&["PTTL", &keys[0]]).await;
    assert!((1..=60_000).contains(&left), "{left}");
    // As if the minute were over.
    let _: i64 = shop.redis(&["DEL", &keys[0]]).await;
    let again = claim_key(&shop.runtime, "d1", "f", "two").await.unwrap();
    assert_eq!(again, Claim::Claimed);
    // The first one comes back to life and is too late.
    let (kept, effect) = shop
        .observe(store_response(&shop.runtime, "d1", "one", &response()))
        .await;
    assert_eq!((kept, effect), (false, Effect::NOTHING));
    assert!(!release_key(&shop.runtime, "d1", "one").await.unwrap());
}
