//! Repairs drifts: each repair is one script that checks the state again before it writes, and
//! leaves a line in `<ns>:{p}:audit:repairs` - who, when, what, before, after.

mod outcome;
mod resend;

use streamward::{Envelope, Error, Partition, Runtime, SharedConnection, TraceParent, clock};

use super::{
    Commitments, Pace, Survey,
    drift::{Drift, Plan, Resend},
    survey,
};
use crate::{Result, keys, order, scripts, step::partition_of};
use contracts::{CouponCode, ProductId};
use outcome::RepairStep;
pub use outcome::{Done, Repair, Repairs};

/// Maximum tries of a repair that concurrent steps invalidate.
const TRIES: usize = 200;

/// Audits and repairs all drifts that have a plan; with `only_look`, only reports the repairs.
///
/// # Errors
/// [`streamward::Error`]; what was repaired before is in the ledger of repairs.
pub async fn repair(runtime: &Runtime, by: &str, only_look: bool) -> Result<Repairs> {
    let Survey {
        report,
        mut commitments,
    } = survey(runtime, Pace::Full).await?;
    let mut repairer = Repairer {
        runtime,
        link: runtime.server().link(),
        by,
        only: if only_look { "look" } else { "" },
        resent: Vec::new(),
    };
    let mut repairs: Vec<Repair> = Vec::with_capacity(report.drifts.len());
    for drift in &report.drifts {
        // One step repairs all drifts of a ledger.
        let known = repairs
            .iter()
            .find(|one| one.key == drift.key && is_ledger(drift));
        let step = match known {
            Some(known) => RepairStep {
                done: known.done,
                before: known.before.clone(),
                after: known.after.clone(),
            },
            None => repairer.apply(drift, &mut commitments).await?,
        };
        repairs.push(Repair {
            rule: drift.rule,
            key: drift.key.clone(),
            kind: drift.kind,
            done: step.done,
            before: step.before,
            after: step.after,
        });
    }
    Ok(Repairs { report, repairs })
}

fn is_ledger(drift: &Drift) -> bool {
    matches!(drift.plan, Plan::CorrectStock(..))
}

struct Repairer<'a> {
    runtime: &'a Runtime,
    link: SharedConnection,
    by: &'a str,
    only: &'static str,
    /// Events sent by this run: one missed event may break two rules.
    resent: Vec<Resend>,
}

impl Repairer<'_> {
    async fn apply(
        &mut self,
        drift: &Drift,
        commitments: &mut [Commitments],
    ) -> Result<RepairStep> {
        match &drift.plan {
            Plan::ByHand => Ok(RepairStep::nothing(Done::ByHand, drift.repair.clone())),
            Plan::CorrectStock(partition, product) => {
                let commitments = &mut commitments[usize::from(*partition)];
                let partition = &self.runtime.partitions()[usize::from(*partition)];
                self.restock(commitments, partition, product).await
            }
            Plan::RecountCoupon(partition, code) => {
                let commitments = &mut commitments[usize::from(*partition)];
                let partition = &self.runtime.partitions()[usize::from(*partition)];
                self.recount(commitments, partition, code).await
            }
            Plan::Resend(resends) => {
                let mut last = RepairStep::nothing(Done::Gone, "");
                for resend in resends {
                    let step = self.resend(drift.rule, resend).await?;
                    if step.done != Done::Gone {
                        last = step;
                    }
                }
                Ok(last)
            }
        }
    }

    async fn restock(
        &mut self,
        commitments: &mut Commitments,
        partition: &Partition,
        product: &ProductId,
    ) -> Result<RepairStep> {
        let all = [
            keys::stream(partition, contracts::Service::Inventory),
            keys::stock(partition, product),
            keys::repairs(partition),
        ];
        for _ in 0..TRIES {
            let reservations = &mut commitments.reservations;
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
                return RepairStep::of(reply);
            }
        }
        Err(too_busy(&all[1]))
    }

    async fn recount(
        &mut self,
        commitments: &mut Commitments,
        partition: &Partition,
        code: &CouponCode,
    ) -> Result<RepairStep> {
        let all = [
            keys::coupon(partition, code),
            keys::stream(partition, contracts::Service::Promotion),
            keys::repairs(partition),
        ];
        for _ in 0..TRIES {
            let count = commitments
                .holds
                .count(&mut self.link, partition, code)
                .await?;
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
                return RepairStep::of(reply);
            }
        }
        Err(too_busy(&all[0]))
    }

    async fn resend(&mut self, rule: u8, resend: &Resend) -> Result<RepairStep> {
        if self.resent.contains(resend) {
            let after = format!("the event was resent to {} already", resend.to);
            return Ok(RepairStep::nothing(Done::Repaired, after));
        }
        let partition = partition_of(self.runtime, &resend.order)?;
        let Some(view) = order::find(self.runtime, &resend.order).await? else {
            return Ok(RepairStep::nothing(Done::Gone, ""));
        };
        let Some((kind, data)) = resend::event(&view, &resend.news)? else {
            return Ok(RepairStep::nothing(Done::Gone, ""));
        };
        let (subject, field, value) = &resend.subject;
        let all = [
            keys::order(partition, &resend.order),
            subject.clone(),
            partition.inbox(resend.to.name()),
            keys::repairs(partition),
        ];
        let envelope = Envelope::next(TraceParent::start());
        let reply = scripts::RESEND_EVENT
            .call(&all)
            .arg(&resend.steps)
            .arg(resend.status.name())
            .arg(field)
            .arg(value)
            .arg(kind)
            .arg(&envelope.id)
            .arg(&envelope.at)
            .arg(&envelope.tp)
            .arg(resend.order.as_str())
            .arg(data)
            .arg(rule)
            .arg(self.by)
            .arg(self.only)
            .run(&mut self.link)
            .await?;
        if self.only.is_empty() {
            self.resent.push(resend.clone());
        }
        RepairStep::of(reply)
    }
}

fn too_busy(key: &str) -> Error {
    Error::Server {
        setting: "repair",
        problem: format!("{key} moves too fast to be put right; try again at a calmer hour"),
    }
}
