//! Reads one partition: finds its keys, judges its orders, adds up its stock.

pub(crate) mod log;
mod queues;
pub(crate) mod row;

use std::collections::HashSet;

use contracts::{CouponCode, OrderId, ProductId, Service};
use streamward::{Partition, Runtime, SharedConnection};
use tokio::time::Instant;

use super::{
    Commitments, Pace, Report,
    checks::{
        case::{Case, GRACE, Suspect},
        check_order,
        coupons::Holds,
        stock::Reservations,
    },
    drift::Drift,
};
use crate::{Result, order};
use queues::Queues;
use row::Row;

const SCAN: usize = 500;

/// Audits one partition.
pub(super) async fn take(
    runtime: &Runtime,
    partition: &Partition,
    pace: Pace,
    report: &mut Report,
) -> Result<Commitments> {
    let mut link = runtime.server().link();
    let mut scan = Scan {
        commitments: Commitments {
            reservations: Reservations::open(&mut link, partition).await?,
            holds: Holds::open(&mut link, partition).await?,
        },
        link,
        partition,
        pace,
        report,
        stocks: HashSet::new(),
        alive: Vec::new(),
        suspects: Vec::new(),
    };
    scan.read_keys().await?;
    scan.confirm(runtime).await?;
    let Scan {
        mut link,
        mut commitments,
        report,
        ..
    } = scan;
    let drifts = &mut report.drifts;
    let reservations = &mut commitments.reservations;
    reservations
        .check(&mut link, partition, pace, drifts)
        .await?;
    commitments
        .holds
        .check(&mut link, partition, drifts)
        .await?;
    Ok(commitments)
}

struct Scan<'a> {
    link: SharedConnection,
    partition: &'a Partition,
    pace: Pace,
    report: &'a mut Report,
    commitments: Commitments,
    stocks: HashSet<ProductId>,
    /// Services, and the keys by which their consumers say that they live.
    alive: Vec<(Service, String)>,
    suspects: Vec<(OrderId, Suspect)>,
}

impl Scan<'_> {
    async fn read_keys(&mut self) -> Result<()> {
        let mut cursor = 0_u64;
        loop {
            let started = Instant::now();
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor)
                .arg("MATCH")
                .arg(format!("{}:*", literally(&self.partition.key(&[]))))
                .arg("COUNT")
                .arg(SCAN);
            let (next, keys): (u64, Vec<String>) = scan.query_async(&mut self.link).await?;
            self.pace.rest(started.elapsed()).await;
            let orders = self.sort(keys);
            for chunk in orders.chunks(row::MOST) {
                let started = Instant::now();
                let (now, rows) = row::read(&mut self.link, self.partition, chunk).await?;
                for row in &rows {
                    self.enter(row, now);
                }
                self.pace.rest(started.elapsed()).await;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    /// Notes what keys there are; answers the orders that are met for the first time.
    fn sort(&mut self, keys: Vec<String>) -> Vec<OrderId> {
        let prefix = self.partition.key(&[]).len() + 1;
        let mut orders = HashSet::new();
        for key in keys {
            match Thing::of(&key[prefix..]) {
                Some(Thing::Order(id)) if !self.commitments.reservations.knows(&id) => {
                    orders.insert(id);
                }
                Some(Thing::Stock(product)) => {
                    self.commitments.reservations.number(&product);
                    if self.stocks.insert(product) {
                        self.report.products += 1;
                    }
                }
                Some(Thing::Coupon(code)) => self.commitments.holds.know(code),
                Some(Thing::Alive(service)) => self.alive.push((service, key)),
                Some(Thing::Order(_)) | None => {}
            }
        }
        orders.into_iter().collect()
    }

    fn enter(&mut self, row: &Row, now: u64) {
        let commitments = &mut self.commitments;
        commitments
            .reservations
            .enter(&row.id, row.reservation.as_ref());
        commitments.holds.enter(&row.id, row.hold.as_ref());
        self.report.payments += usize::from(row.payment.is_some());
        if let Some(order) = &row.order {
            self.report.orders += 1;
            self.report.open += usize::from(!order.status.is_resolved());
            if order.status == contracts::OrderStatus::Confirmed {
                let payment = row.payment.as_ref();
                let kept = payment.map_or(0, |payment| payment.captured - payment.refunded);
                let sum = self.report.captured.entry(order.currency.clone());
                *sum.or_default() += i128::from(kept);
            }
        }
        let partition = self.partition;
        let suspects = check_order(&Case {
            partition,
            row,
            now,
        })
        .into_iter();
        self.suspects
            .extend(suspects.map(|one| (row.id.clone(), one)));
    }

    /// Reports the suspects that no service is at work on and that are still there afterwards: a
    /// service can no longer correct what it had settled by then.
    async fn confirm(&mut self, runtime: &Runtime) -> Result<()> {
        let suspects = std::mem::take(&mut self.suspects);
        if suspects.is_empty() {
            return Ok(());
        }
        let queues = Queues::read(&mut self.link, self.partition, &self.alive).await?;
        for (id, suspect) in suspects {
            if self.is_in_hand(runtime, &queues, &id, &suspect).await? {
                continue;
            }
            let ids = std::slice::from_ref(&id);
            let (now, rows) = row::read(&mut self.link, self.partition, ids).await?;
            let partition = self.partition;
            let again = rows.iter().flat_map(|row| {
                check_order(&Case {
                    partition,
                    row,
                    now,
                })
            });
            let still: Vec<Drift> = again
                .map(|one| one.drift)
                .filter(|one| is_same(one, &suspect.drift))
                .collect();
            self.report.drifts.extend(still);
        }
        Ok(())
    }

    async fn is_in_hand(
        &mut self,
        runtime: &Runtime,
        queues: &Queues,
        id: &OrderId,
        suspect: &Suspect,
    ) -> Result<bool> {
        if suspect.services.is_empty() {
            return Ok(false);
        }
        let now = streamward::clock::now_ms();
        let order = order::find(runtime, id).await?;
        let history = order.map(|order| order.history).unwrap_or_default();
        for service in suspect.services.iter().copied() {
            let has_run = queues.has_run_since(service, now.saturating_sub(GRACE));
            // The order service writes the history, so what it has not heard of is not in there.
            let is_behind = service == Service::Order && !queues.keeps_up(service, now);
            if (suspect.must_run && !has_run) || is_behind {
                return Ok(true);
            }
            let link = &mut self.link;
            if queues
                .has_unsettled(link, self.partition, service, &history)
                .await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether it is the same drift, whatever its figures are now.
fn is_same(one: &Drift, other: &Drift) -> bool {
    (one.rule, &one.key, one.kind) == (other.rule, &other.key, other.kind)
}

/// Object that a key holds.
enum Thing {
    Order(OrderId),
    Stock(ProductId),
    Coupon(CouponCode),
    Alive(Service),
}

impl Thing {
    /// Parses a key behind the partition's prefix; `None` for keys that the audit does not read.
    fn of(rest: &str) -> Option<Self> {
        let mut parts = rest.splitn(3, ':');
        let (context, thing, id) = (parts.next()?, parts.next()?, parts.next());
        match (context, thing, id) {
            ("order", id, None)
            | ("inventory", "reservation", Some(id))
            | ("promotion", "hold", Some(id))
            | ("payment", "intent", Some(id)) => id.parse().ok().map(Self::Order),
            ("inventory", "stock", Some(id)) => id.parse().ok().map(Self::Stock),
            ("promotion", "coupon", Some(code)) => code.parse().ok().map(Self::Coupon),
            (service, "alive", Some(_)) => service.parse().ok().map(Self::Alive),
            _ => None,
        }
    }
}

/// A pattern that matches `text` and nothing else; a namespace may hold what Redis reads as wildcards.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
