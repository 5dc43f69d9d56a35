//! Bookings of an account, one at a time and in their order, whatever fails on the way:
//! `cargo run -p streamward --example ordered`.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use streamward::{Cause, Consumer, Delivery, Handler, Message, Outcome, Runtime};
use testkit::{RedisServer, eventually};

#[derive(serde::Serialize, serde::Deserialize)]
struct Booking {
    cents: i64,
}

impl Message for Booking {
    const KIND: &'static str = "Booking";
}

/// Keeps balances in memory; every third booking fails the first time.
#[derive(Default)]
struct Accounts(Mutex<HashMap<String, Vec<i64>>>);

impl Handler for &'static Accounts {
    type Message = Booking;

    async fn handle(&self, Booking { cents }: Booking, delivery: &Delivery) -> Outcome {
        if cents % 3 == 0 && delivery.attempts == 0 {
            return Outcome::retry(Cause::new("the ledger is locked"));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        let Ok(mut accounts) = self.0.lock() else {
            return Outcome::dead(Cause::new("the ledger is broken"));
        };
        let account = accounts.entry(delivery.key().to_owned()).or_default();
        account.push(cents);
        Outcome::Done
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to people")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let redis = RedisServer::start();
    let runtime = Runtime::connect(&redis.url()).await?;
    let accounts: &'static Accounts = Box::leak(Box::default());
    let consumer = Consumer::new("bank", accounts)
        .reads(["bookings"])
        .ordered();
    let tree = consumer.start(&runtime).await?;

    for cents in 1..=20 {
        for account in ["savings", "salary"] {
            runtime
                .send("bookings", account, &Booking { cents })
                .await?;
        }
    }
    let booked = eventually("all is booked", || async {
        let accounts = accounts.0.lock().ok()?;
        let all = accounts.values().map(Vec::len).sum::<usize>() == 40;
        all.then(|| accounts.clone())
    })
    .await;
    for (account, bookings) in &booked {
        println!("{account}: {bookings:?}");
        assert!(bookings.is_sorted(), "out of order");
    }
    tree.shutdown().await;
    Ok(())
}
