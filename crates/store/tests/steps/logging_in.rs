//! Sessions of an account: entered, bounded, renewed, and ended by a new password.

use std::time::Duration;

use store::account::{self, Role, Session, SessionOptions, User};

use crate::support::{Effect, Shop, customer};

const HOUR: SessionOptions = SessionOptions {
    idle: Duration::from_secs(600),
    life: Duration::from_secs(3600),
    cookie: true,
};

async fn zoe(shop: &Shop) -> User {
    let user = User {
        customer_id: customer(),
        email: "zoe@example.org".to_owned(),
        name: "Zoë".to_owned(),
        phone: None,
        password_hash: "old hash".to_owned(),
        roles: vec![Role::Customer],
    };
    assert!(
        account::register_account(&shop.runtime, &user)
            .await
            .unwrap()
    );
    user
}

async fn log_in(shop: &Shop, user: &User, token: &str) -> bool {
    let id = account::start_session(&shop.runtime, token, user, HOUR)
        .await
        .unwrap();
    account::admit_session(&shop.runtime, user, &id, HOUR.life)
        .await
        .unwrap()
}

async fn find_session(shop: &Shop, token: &str) -> Option<Session> {
    account::find_session(&shop.runtime, token).await.unwrap()
}

#[tokio::test]
async fn a_session_is_listed_with_its_account() {
    let shop = Shop::open().await;
    let user = zoe(&shop).await;
    for token in ["one", "two"] {
        assert!(log_in(&shop, &user, token).await);
    }
    let all = account::sessions_of(&shop.runtime, &user.email)
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
    let one = find_session(&shop, "one").await.unwrap();
    assert!(all.contains(&one) && one.cookie);
    assert_eq!(one.expires_ms() - one.seen_ms, 600_000);
    assert_eq!(one.ends_ms - one.opened_ms, 3_600_000);
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_one() {
    let shop = Shop::open().await;
    let user = zoe(&shop).await;
    for token in ["one", "two", "three"] {
        log_in(&shop, &user, token).await;
    }
    let keep = find_session(&shop, "two").await.unwrap().id;
    let changed = account::change_password(&shop.runtime, &user, "new hash", Some(&keep)).await;
    assert!(changed.unwrap());
    for (token, lasts) in [("one", false), ("two", true), ("three", false)] {
        assert_eq!(find_session(&shop, token).await.is_some(), lasts, "{token}");
    }
    let found = account::find(&shop.runtime, &user.email).await.unwrap();
    assert_eq!(found.unwrap().password_hash, "new hash");
    // A login that read the old hash is late: it opens no session and changes nothing.
    let (late, effect) = shop
        .observe(account::change_password(
            &shop.runtime,
            &user,
            "mine",
            Some(&keep),
        ))
        .await;
    assert_eq!((late, effect), (false, Effect::NOTHING));
    assert!(!log_in(&shop, &user, "late").await);
    assert_eq!(find_session(&shop, "late").await, None);
}

#[tokio::test]
async fn the_oldest_of_too_many_sessions_makes_room() {
    let shop = Shop::open().await;
    let user = zoe(&shop).await;
    log_in(&shop, &user, "first").await;
    let (list, first) = (
        shop.redis::<Vec<String>>(&["KEYS", "*:account:sessions:*"])
            .await,
        find_session(&shop, "first").await.unwrap(),
    );
    // As if a thousand others had logged in since.
    for number in 0..999_u32 {
        let later = (first.ends_ms + 1000 + u64::from(number)).to_string();
        let _: i64 = shop
            .redis(&["ZADD", &list[0], &later, &number.to_string()])
            .await;
    }
    assert!(log_in(&shop, &user, "second").await);
    assert_eq!(find_session(&shop, "first").await, None);
    assert!(find_session(&shop, "second").await.is_some());
    assert_eq!(shop.redis::<i64>(&["ZCARD", &list[0]]).await, 1000);
}

#[tokio::test]
async fn a_closed_session_is_not_renewed() {
    let shop = Shop::open().await;
    let user = zoe(&shop).await;
    log_in(&shop, &user, "one").await;
    let one = find_session(&shop, "one").await.unwrap();
    account::close_session(&shop.runtime, "one").await.unwrap();
    let ((), effect) = shop
        .observe(account::renew_session(&shop.runtime, &one))
        .await;
    assert_eq!(effect, Effect::NOTHING);
}

#[tokio::test]
async fn a_renewed_session_never_outlives_its_end() {
    let shop = Shop::open().await;
    let user = zoe(&shop).await;
    log_in(&shop, &user, "one").await;
    let mut one = find_session(&shop, "one").await.unwrap();
    one.ends_ms = streamward::clock::now_ms() + 5000;
    account::renew_session(&shop.runtime, &one).await.unwrap();
    let keys: Vec<String> = shop.redis(&["KEYS", "*:account:session:*"]).await;
    let left: i64 = shop.redis(&["PTTL", &keys[0]]).await;
    assert!((1..=5000).contains(&left), "{left}");
}

#[tokio::test]
async fn accounts_are_listed_by_role() {
    let shop = Shop::open().await;
    let user = zoe(&shop).await;
    let staff = User {
        email: "max@example.org".to_owned(),
        roles: vec![Role::Operator],
        ..user.clone()
    };
    account::register_account(&shop.runtime, &staff)
        .await
        .unwrap();
    log_in(&shop, &user, "one").await;
    let list = async |roles: &[Role]| account::list_accounts(&shop.runtime, roles).await.unwrap();
    let operators = list(&[Role::Operator, Role::Admin]).await;
    assert_eq!(operators, std::slice::from_ref(&staff));
    assert_eq!(list(&[Role::Customer, Role::Operator]).await, [staff, user]);
    assert_eq!(list(&[]).await, []);
}
