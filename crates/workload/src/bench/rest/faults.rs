//! Faults of one service in the middle of a load, and their outcomes.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{
    chain::Part,
    contender::{Contender, Kind},
    outcome::Outcome,
};
use crate::{bench::fixture, load::Latency};

/// Time of a load, whatever the number of orders.
const LOAD: Duration = Duration::from_secs(15);
/// Time from the start of a load to the fault.
const BEFORE: Duration = Duration::from_millis(2500);
/// Duration of an outage or of slowness.
const LASTS: Duration = Duration::from_secs(10);
/// Time until a killed process is started again.
const RESTART: Duration = Duration::from_secs(1);
/// Time of the provider for each answer, and while it is slow.
pub(super) const USUAL: Duration = Duration::from_millis(50);
const SLOW: Duration = Duration::from_secs(2);
/// Time that orders may take to end after the load.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(250);

/// Kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum How {
    /// Stopped for ten seconds.
    Away,
    /// The provider or the SMS API takes two seconds for each answer, for ten seconds.
    Slow,
    /// Killed, and started again a second later.
    Dies,
}

/// A fault of a service.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Fault {
    part: Part,
    how: How,
}

/// Every fault that is measured.
pub(super) const FAULTS: [Fault; 7] = [
    Fault::of(Part::Payment, How::Away),
    Fault::of(Part::Payment, How::Slow),
    Fault::of(Part::Payment, How::Dies),
    Fault::of(Part::Notification, How::Away),
    Fault::of(Part::Notification, How::Slow),
    Fault::of(Part::Notification, How::Dies),
    Fault::of(Part::Order, How::Dies),
];

/// Outcome of a load with a fault.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Aftermath {
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// Request to answer, ms.
    #[serde(rename = "requestToAnswer")]
    pub(super) answer: Latency,
    /// Request to confirmed, ms, of confirmed orders. Not `confirmed`, which is the number of orders.
    #[serde(rename = "requestToConfirmed")]
    pub(super) confirmed: Latency,
}

impl Fault {
    const fn of(part: Part, how: How) -> Self {
        Self { part, how }
    }

    pub(super) fn name(self) -> String {
        let part = self.part.name();
        match self.how {
            How::Away => format!("{part} away, 10 s"),
            How::Slow => format!("{part} slow, 2 s a call"),
            How::Dies => format!("{part} killed, back after 1 s"),
        }
    }

    /// Places orders, injects the fault meanwhile, waits until nothing can change any more, and counts.
    pub(super) async fn measure(self, shop: &mut Contender, orders: u64) -> Result<Aftermath> {
        shop.new_buyers().await?;
        let (buyers, url) = (Arc::clone(&shop.buyers), shop.url().to_owned());
        let rate = u32::try_from(orders / LOAD.as_secs())
            .unwrap_or(u32::MAX)
            .max(1);
        let externals = Arc::clone(&shop.externals);
        let load = buyers.buy(&externals.shop, &url, orders, rate);
        let (purchases, injected) = tokio::join!(load, self.inject(shop));
        injected?;
        let outcome = Self::settle(shop, orders).await?;
        buyers.confirmed(&purchases, Duration::ZERO).await;
        let (answer, confirmed) = buyers.latencies(&purchases);
        Ok(Aftermath {
            outcome,
            answer,
            confirmed,
        })
    }

    async fn inject(self, shop: &mut Contender) -> Result<()> {
        sleep(BEFORE).await;
        match self.how {
            How::Away => {
                shop.stop_part(self.part).await?;
                sleep(LASTS).await;
                shop.start_part(self.part).await
            }
            How::Dies => {
                shop.kill_part(self.part).await?;
                sleep(RESTART).await;
                shop.start_part(self.part).await
            }
            How::Slow => {
                self.delay(shop, SLOW);
                sleep(LASTS).await;
                self.delay(shop, Duration::ZERO);
                Ok(())
            }
        }
    }

    fn delay(self, shop: &Contender, delay: Duration) {
        match self.part {
            Part::Payment => shop.externals.delay_provider(delay.max(USUAL)),
            Part::Notification => shop.externals.delay_sms(delay),
            Part::Order | Part::Inventory => {}
        }
    }

    /// Waits until every order has ended, or nothing works at the others. The event-driven shop must pass
    /// its audit.
    async fn settle(shop: &Contender, orders: u64) -> Result<Outcome> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let is_idle = shop.is_idle().await?;
            let outcome = Outcome::count(&shop.externals, &shop.buyers, orders).await?;
            if outcome.is_clean() || is_idle || Instant::now() > deadline {
                if shop.kind == Kind::Events {
                    fixture::audit(shop.externals.shop.runtime()).await?;
                }
                return Ok(outcome);
            }
            sleep(STEP).await;
        }
    }
}
