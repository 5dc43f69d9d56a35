//! Repairs drifts: each repair is one script that checks the state again before it writes, and
//! leaves a line in `<ns>:{p}:audit:repairs` - who, when, what, before, after.

mod news;
mod outcome;

use streamward::{Envelope, Error, Link, Partition, Runtime, TraceParent, clock};

use super::{
    Books, Pace, Survey,
    drift::{Drift, Plan, Tell},
    survey,
};
use crate::{Result, keys, order, scripts, step::partition_of};
use contracts::{CouponCode, ProductId};
use outcome::Stroke;
pub use outcome::{Done, Repair, Repairs};

/// Maximum tries of a repair that concurrent steps invalidate.
const TRIES: usize = 200;

/// Audits and repairs all drifts that have a plan; with `only_look`, only reports the repairs.
///
/// # Errors
/// [`streamward::Error`]; what was repaired before is in the ledger of repairs.
pub async fn repair(runtime: &Runtime, by: &str, only_look: bool) -> Result<Repairs> {
    let Survey { report, mut books } = survey(runtime, Pace::Full).await?;
    let mut hand = Hand {
        runtime,
        link: runtime.server().link(),
        by,
        only: if only_look { "look" } else { "" },
        told: Vec::new(),
    };
    let mut repairs: Vec<Repair> = Vec::with_capacity(report.drifts.len());
    for drift in &report.drifts {
        // One stroke mends all that is wrong with a ledger.
        let known = repairs
            .iter()
            .find(|one| one.key == drift.key && is_ledger(drift));
        let stroke = match known {
            Some(known) => Stroke {
                done: known.done,
                before: known.before.clone(),
                after: known.after.clone(),
            },
            None => hand.strike(drift, &mut books).await?,
        };
        repairs.push(Repair {
            rule: drift.rule,
            key: drift.key.clone(),
            kind: drift.kind,
            done: stroke.done,
            before: stroke.before,
            after: stroke.after,
        });
    }
    Ok(Repairs { report, repairs })
}

fn is_ledger(drift: &Drift) -> bool {
    matches!(drift.plan, Plan::Restock(..))
}

struct Hand<'a> {
    runtime: &'a Runtime,
    link: Link,
    by: &'a str,
    only: &'static str,
    /// Events sent by this run: one missed event may break two rules.
    told: Vec<Tell>,
}

impl Hand<'_> {
    async fn strike(&mut self, drift: &Drift, books: &mut [Books]) -> Result<Stroke> {
        match &drift.plan {
            Plan::ByHand => Ok(Stroke::nothing(Done::ByHand, drift.repair.clone())),
            Plan::Restock(partition, product) => {
                let books = &mut books[usize::from(*partition)];
                let partition = &self.runtime.partitions()[usize::from(*partition)];
                self.restock(books, partition, product).await
            }
            Plan::Recount(partition, code) => {
                let books = &mut books[usize::from(*partition)];
                let partition = &self.runtime.partitions()[usize::from(*partition)];
                self.recount(books, partition, code).await
            }
            Plan::Tell(tells) => {
                let mut last = Stroke::nothing(Done::Gone, "");
                for tell in tells {
                    let stroke = self.tell(drift.rule, tell).await?;
                    if stroke.done != Done::Gone {
                        last = stroke;
                    }
                }
                Ok(last)
            }
        }
    }

    async fn restock(
        &mut self,
        books: &mut Books,
        partition: &Partition,
        product: &ProductId,
    ) -> Result<Stroke> {
        let all = [
            keys::stream(partition, contracts::Service::Inventory),
            keys::stock(partition, product),
            keys::repairs(partition),
        ];
        for _ in 0..TRIES {
            let reservations = &mut books.reservations;
            let sums = reservations.sums_now(&mut self.link, partition, product);
            let (position, reserved, sold) = sums.await?;
            let envelope = Envelope::next(TraceParent::start());
            let reply = scripts::CORRECT_STOCK
                .call(&all)
                .arg(position)
                .arg(reserved)
                .arg(sold)
                .arg(&envelope.id)
                .arg(&envelope.at)
                .arg(&envelope.tp)
                .arg(product.as_str())
                .arg(self.by)
                .arg(self.only)
                .run(&mut self.link)
                .await?;
            if reply.tag() != "MOVED" {
                return Stroke::of(reply);
            }
        }
        Err(too_busy(&all[1]))
    }

    async fn recount(
        &mut self,
        books: &mut Books,
        partition: &Partition,
        code: &CouponCode,
    ) -> Result<Stroke> {
        let all = [
            keys::coupon(partition, code),
            keys::stream(partition, contracts::Service::Promotion),
            keys::repairs(partition),
        ];
        for _ in 0..TRIES {
            let count = books.holds.count(&mut self.link, partition, code).await?;
            if !count.is_exact() {
                continue;
            }
            let text = |counter: &Option<String>| counter.clone().unwrap_or_default();
            let reply = scripts::RECOUNT_COUPON
                .call(&all)
                .arg(&count.position)
                .arg(text(&count.written.0))
                .arg(text(&count.written.1))
                .arg(count.said.0)
                .arg(count.said.1)
                .arg(clock::now_rfc3339())
                .arg(self.by)
                .arg(self.only)
                .run(&mut self.link)
                .await?;
            if reply.tag() != "MOVED" {
                return Stroke::of(reply);
            }
        }
        Err(too_busy(&all[0]))
    }

    async fn tell(&mut self, rule: u8, tell: &Tell) -> Result<Stroke> {
        if self.told.contains(tell) {
            let after = format!("{} was told already", tell.to);
            return Ok(Stroke::nothing(Done::Repaired, after));
        }
        let partition = partition_of(self.runtime, &tell.order)?;
        let Some(view) = order::find(self.runtime, &tell.order).await? else {
            return Ok(Stroke::nothing(Done::Gone, ""));
        };
        let Some((kind, data)) = news::event(&view, &tell.news)? else {
            return Ok(Stroke::nothing(Done::Gone, ""));
        };
        let (subject, field, value) = &tell.subject;
        let all = [
            keys::order(partition, &tell.order),
            subject.clone(),
            partition.inbox(tell.to.name()),
            keys::repairs(partition),
        ];
        let envelope = Envelope::next(TraceParent::start());
        let reply = scripts::RESEND_EVENT
            .call(&all)
            .arg(&tell.steps)
            .arg(tell.status.name())
            .arg(field)
            .arg(value)
            .arg(kind)
            .arg(&envelope.id)
            .arg(&envelope.at)
            .arg(&envelope.tp)
            .arg(tell.order.as_str())
            .arg(data)
            .arg(rule)
            .arg(self.by)
            .arg(self.only)
            .run(&mut self.link)
            .await?;
        if self.only.is_empty() {
            self.told.push(tell.clone());
        }
        Stroke::of(reply)
    }
}

fn too_busy(key: &str) -> Error {
    Error::Server {
        setting: "repair",
        problem: format!("{key} moves too fast to be put right; try again at a calmer hour"),
    }
}
