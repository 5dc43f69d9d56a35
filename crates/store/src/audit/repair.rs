//! Repairs drifts: each repair is one script that checks the state again before it writes, and
//! leaves a line in `<ns>:{p}:audit:repairs` - who, when, what, before, after.

pub(crate) mod outcome;
mod resend;

use contracts::{CouponCode, ProductId, Service};
use streamward::{Envelope, Error, Runtime, SharedConnection, TraceParent, clock};

use super::{
    Commitments, Pace, Survey,
    checks::coupons,
    drift::{Drift, Plan, Resend},
    survey,
};
use crate::{Result, keys, order, step::partition_of};
pub use outcome::{Done, Repair, Repairs};
use outcome::{RepairStep, Repaired};

/// Maximum tries of a repair that concurrent steps invalidate.
const TRIES: usize = 200;

/// Audits and repairs all drifts that have a plan; with `only_look`, only reports the repairs.
///
/// # Errors
/// [`streamward::Error`]; repairs before the error are in the ledger of repairs.
pub async fn repair(runtime: &Runtime, by: &str, only_look: bool) -> Result<Repairs> {
    let Survey {
        report,
        commitments,
    } = survey(runtime, Pace::Full).await?;
    let mut repairer = Repairer {
        runtime,
        link: runtime.server().link(),
        by,
        only: if only_look { "look" } else { "" },
        commitments,
        sent: Vec::new(),
    };
    let mut repairs: Vec<Repair> = Vec::with_capacity(report.drifts.len());
    for drift in &report.drifts {
        // One step repairs all drifts of a ledger.
        let is_ledger = matches!(drift.plan, Plan::CorrectStock(..));
        let known = repairs.iter().find(|one| is_ledger && one.key == drift.key);
        let repair = match known {
            Some(known) => Repair {
                kind: drift.kind,
                ..known.clone()
            },
            None => repairer.apply(drift).await?.repair(drift),
        };
        repairs.push(repair);
    }
    Ok(Repairs { report, repairs })
}

struct Repairer<'a> {
    runtime: &'a Runtime,
    link: SharedConnection,
    by: &'a str,
    only: &'static str,
    /// Reservations and holds per partition.
    commitments: Vec<Commitments>,
    /// Events sent by this run: one missed event may break two rules.
    sent: Vec<Resend>,
}

impl Repairer<'_> {
    async fn apply(&mut self, drift: &Drift) -> Result<RepairStep> {
        for _ in 0..TRIES {
            let reply = match &drift.plan {
                Plan::ByHand => {
                    return Ok(RepairStep::nothing(Done::ByHand, drift.repair.clone()));
                }
                Plan::CorrectStock(index, product) => self.correct_stock(*index, product).await?,
                Plan::RecountCoupon(index, code) => self.recount_coupon(*index, code).await?,
                Plan::Resend(events) => {
                    let mut last = RepairStep::nothing(Done::Gone, "");
                    for event in events {
                        let step = self.resend(drift.rule, event).await?;
                        if step.done != Done::Gone {
                            last = step;
                        }
                    }
                    return Ok(last);
                }
            };
            if reply != Repaired::Moved {
                return Ok(RepairStep::of(reply));
            }
        }
        let key = &drift.key;
        Err(Error::Server {
            setting: "repair",
            problem: format!("{key} moves too fast to be put right; try again at a calmer hour"),
        })
    }

    async fn correct_stock(&mut self, index: u16, product: &ProductId) -> Result<Repaired> {
        let partition = &self.runtime.partitions()[usize::from(index)];
        let reservations = &mut self.commitments[usize::from(index)].reservations;
        let sums = reservations.sums_now(&mut self.link, partition, product);
        let (position, reserved, sold) = sums.await?;
        let keys = [
            keys::topics(partition, Service::Inventory),
            keys::stock(partition, product),
            keys::repairs(partition),
        ];
        let script = script!("audit/correct_stock" {
            position,
            reserved,
            sold,
            envelope: Envelope::next(TraceParent::start()),
            product,
            by: self.by,
            only: self.only,
        });
        script.run(&mut self.link, &keys, &[]).await
    }

    async fn recount_coupon(&mut self, index: u16, code: &CouponCode) -> Result<Repaired> {
        let partition = &self.runtime.partitions()[usize::from(index)];
        let holds = &mut self.commitments[usize::from(index)].holds;
        let count = holds.count(&mut self.link, partition, code).await?;
        if !count.is_exact() {
            return Ok(Repaired::Moved);
        }
        let keys = [
            keys::coupon(partition, code),
            partition.stream(coupons::TOPIC),
            keys::repairs(partition),
        ];
        let (seen_held, seen_uses) = count.written;
        let script = script!("audit/recount_coupon" {
            position: count.position,
            seen_held,
            seen_uses,
            held: count.said.0,
            uses: count.said.1,
            at: clock::now_rfc3339(),
            by: self.by,
            only: self.only,
        });
        script.run(&mut self.link, &keys, &[]).await
    }

    async fn resend(&mut self, rule: u8, missed: &Resend) -> Result<RepairStep> {
        if self.sent.contains(missed) {
            let after = format!("the event was resent to {} already", missed.to);
            return Ok(RepairStep::nothing(Done::Repaired, after));
        }
        let partition = partition_of(self.runtime, &missed.order)?;
        let Some(view) = order::find(self.runtime, &missed.order).await? else {
            return Ok(RepairStep::nothing(Done::Gone, ""));
        };
        let Some((kind, event)) = resend::event(&view, &missed.event)? else {
            return Ok(RepairStep::nothing(Done::Gone, ""));
        };
        let (subject, field, value) = &missed.subject;
        let keys = [
            keys::order(partition, &missed.order),
            subject.clone(),
            partition.inbox(missed.to.name()),
            keys::repairs(partition),
        ];
        let script = script!("audit/resend_event" {
            n: &missed.steps,
            status: missed.status,
            field,
            value,
            kind,
            envelope: Envelope::next(TraceParent::start()),
            order: &missed.order,
            event,
            rule: u32::from(rule),
            by: self.by,
            only: self.only,
        });
        let reply = script.run(&mut self.link, &keys, &[]).await?;
        if self.only.is_empty() {
            self.sent.push(missed.clone());
        }
        Ok(RepairStep::of(reply))
    }
}
