//! Accounts are made once per mail address; sessions open, close and expire.

use std::time::Duration;

use store::account::{self, Principal, Role, User};
use tokio::task::JoinSet;

use crate::support::{Effect, Shop, customer};

fn zoe() -> User {
    User {
        customer_id: customer(),
        email: "zoe@example.org".to_owned(),
        name: "Zoë".to_owned(),
        phone: None,
        password_hash: "$argon2id$v=19$..".to_owned(),
        roles: vec![Role::Customer, Role::Admin],
    }
}

fn session_of(user: &User) -> Principal {
    Principal {
        customer_id: user.customer_id.clone(),
        email: user.email.clone(),
        name: user.name.clone(),
        phone: user.phone.clone(),
        roles: user.roles.clone(),
    }
}

#[tokio::test]
async fn a_mail_address_makes_one_account() {
    let shop = Shop::open().await;
    let (first, second) = (zoe(), zoe());
    let (made, effect) = shop
        .observe(account::register_account(&shop.runtime, &first))
        .await;
    assert!(made);
    effect.wrote(&["account:user:*"]);
    let again = shop
        .observe(account::register_account(&shop.runtime, &second))
        .await;
    assert_eq!(again, (false, Effect::NOTHING));
    let found = account::find(&shop.runtime, &first.email).await.unwrap();
    assert_eq!(found, Some(first));
    let stranger = account::find(&shop.runtime, "max@example.org")
        .await
        .unwrap();
    assert_eq!(stranger, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_registrations_at_once_one_wins() {
    let shop = Shop::open().await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (runtime, user) = (shop.runtime.clone(), zoe());
        tasks.spawn(async move {
            let made = account::register_account(&runtime, &user).await.unwrap();
            made.then_some(user)
        });
    }
    let winners: Vec<User> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let found = account::find(&shop.runtime, "zoe@example.org")
        .await
        .unwrap();
    assert_eq!(found.as_ref(), winners.first());
}

#[tokio::test]
async fn a_session_lasts_until_it_is_closed() {
    let shop = Shop::open().await;
    let user = User {
        phone: Some("+4915112345678".to_owned()),
        ..zoe()
    };
    let hour = Duration::from_secs(3600);
    account::open_session(&shop.runtime, "token-1", &user, hour)
        .await
        .unwrap();
    account::open_session(&shop.runtime, "token-2", &user, hour)
        .await
        .unwrap();
    let session = async |token| account::find_principal(&shop.runtime, token).await.unwrap();
    assert_eq!(session("token-1").await, Some(session_of(&user)));
    assert_eq!(session("token").await, None);
    account::close_session(&shop.runtime, "token-1")
        .await
        .unwrap();
    assert_eq!(session("token-1").await, None);
    assert_eq!(session("token-2").await, Some(session_of(&user)));
}

#[tokio::test]
async fn a_session_expires_by_itself() {
    let shop = Shop::open().await;
    let life = Duration::from_millis(50);
    account::open_session(&shop.runtime, "token", &zoe(), life)
        .await
        .unwrap();
    let keys: Vec<String> = shop.redis(&["KEYS", "sw:{0}:account:session:*"]).await;
    assert_eq!(
        shop.redis::<i64>(&["PEXPIRETIME", &keys[0]]).await.signum(),
        1
    );
    testkit::eventually("the session is over", async || {
        let session = account::find_principal(&shop.runtime, "token")
            .await
            .unwrap();
        session.is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn neither_tokens_nor_mail_addresses_are_in_a_key() {
    let shop = Shop::open().await;
    account::register_account(&shop.runtime, &zoe())
        .await
        .unwrap();
    let hour = Duration::from_secs(3600);
    account::open_session(&shop.runtime, "token-1", &zoe(), hour)
        .await
        .unwrap();
    let keys: Vec<String> = shop.redis(&["KEYS", "*account*"]).await;
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert!(!key.contains("zoe") && !key.contains("token"), "{key}");
    }
}
