//! Rule 3 for coupons: the counters match the orders' holds.
//!
//! A hold only ever goes from held to redeemed to returned, and a new one is an entry of
//! the topic `promotions:held`. So the counters are read by one script together with all holds that were seen as
//! held. What cannot be placed at that moment - a hold made at the very same time, a use given back
//! since it was seen - widens what the counters may be; only beyond that is a drift.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use contracts::{
    CouponCode, OrderId,
    event::{CouponHeld, Message as _},
};
use streamward::{Partition, SharedConnection, unpack};

use crate::{
    Result,
    audit::{
        drift::{Drift, Kind, Plan},
        scan::{log::Log, row::Hold},
    },
    keys, read,
};

/// Holds read beside their counters; more of one coupon are taken for uncertain.
const MOST: usize = 2000;
const PAGE: usize = 500;
/// The topic of new holds.
pub(crate) const TOPIC: &str = "promotions:held";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Held,
    Redeemed,
}

/// The holds of every coupon of a partition.
pub(crate) struct Holds {
    log: Log,
    coupons: BTreeMap<CouponCode, HashMap<OrderId, Seen>>,
}

/// A coupon's counters, and what its holds say at the same moment.
pub(crate) struct Count {
    /// Position of the topic of holds.
    pub(crate) position: String,
    /// The counters as they are written down.
    pub(crate) written: (Option<String>, Option<String>),
    /// Holds and uses.
    pub(crate) said: (i64, i64),
    limit: Option<i64>,
    /// Uncertainty: possible additional holds or uses, and possible fewer uses.
    unsure: (i64, i64),
}

impl Count {
    /// Whether the holds say one thing only.
    pub(crate) fn is_exact(&self) -> bool {
        self.unsure == (0, 0)
    }

    fn counters(&self) -> (i64, i64) {
        let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        let (held, uses) = &self.written;
        (number(held).unwrap_or(0), number(uses).unwrap_or(0))
    }

    fn agrees(&self) -> bool {
        let ((held, uses), (more, fewer)) = (self.counters(), self.unsure);
        let (said_held, said_uses) = self.said;
        (said_held..=said_held + more).contains(&held)
            && (said_uses - fewer..=said_uses + more).contains(&uses)
    }
}

impl Holds {
    pub(crate) async fn open(link: &mut SharedConnection, partition: &Partition) -> Result<Self> {
        Ok(Self {
            log: Log::open(link, partition, TOPIC).await?,
            coupons: BTreeMap::new(),
        })
    }

    /// Notes that there is such a coupon.
    pub(crate) fn know(&mut self, code: CouponCode) {
        self.coupons.entry(code).or_default();
    }

    /// Enters what was read of an order.
    pub(crate) fn enter(&mut self, order: &OrderId, hold: Option<&Hold>) {
        let Some((code, hold)) = hold.and_then(|hold| Some((hold.code.clone()?, hold))) else {
            return;
        };
        let seen = match hold.state.as_str() {
            "held" => Seen::Held,
            "redeemed" => Seen::Redeemed,
            _ => return,
        };
        self.coupons
            .entry(code)
            .or_default()
            .insert(order.clone(), seen);
    }

    /// Enters the holds made up to `end`; answers how many of `code` were not known.
    async fn follow(
        &mut self,
        link: &mut SharedConnection,
        end: String,
        code: &CouponCode,
    ) -> Result<i64> {
        let mut new = 0;
        loop {
            let page = self.log.next(link, &end).await?;
            if page.is_empty() {
                return Ok(new);
            }
            for entry in page.iter().filter(|entry| entry.kind() == CouponHeld::KIND) {
                let Ok(event) = unpack::<CouponHeld>(entry.data()) else {
                    continue;
                };
                let is_asked = event.code == *code;
                let holds = self.coupons.entry(event.code).or_default();
                if let Entry::Vacant(place) = holds.entry(event.order_id) {
                    place.insert(Seen::Held);
                    new += i64::from(is_asked);
                }
            }
        }
    }

    /// Counts one coupon.
    pub(crate) async fn count(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        code: &CouponCode,
    ) -> Result<Count> {
        let end = Log::open(link, partition, TOPIC).await?.position;
        self.follow(link, end, code).await?;
        let holds = self.coupons.get(code);
        let of = |wanted: Seen| {
            let all = holds
                .into_iter()
                .flatten()
                .filter(move |(_, seen)| **seen == wanted);
            all.map(|(order, _)| order.clone())
                .collect::<Vec<OrderId>>()
        };
        let (mut open, redeemed) = (of(Seen::Held), of(Seen::Redeemed));
        let beyond = open.split_off(open.len().min(MOST));
        let mut all = vec![keys::coupon(partition, code), self.log.stream.clone()];
        all.extend(open.iter().map(|order| keys::coupon_hold(partition, order)));
        let script = script!("audit/read_coupon" {});
        let (end, held, uses, limit, states): (String, _, _, _, Vec<Option<String>>) =
            script.run(link, &all, &[]).await?;
        let count = |word: &str| {
            let found = states
                .iter()
                .flatten()
                .filter(|state| *state == word)
                .count();
            i64::try_from(found).unwrap_or(i64::MAX)
        };
        let used = i64::try_from(redeemed.len()).unwrap_or(i64::MAX);
        let late = self.follow(link, end.clone(), code).await?;
        let mut count = Count {
            position: end,
            written: (held, uses),
            said: (count("held"), count("redeemed") + used),
            limit,
            unsure: (late + i64::try_from(beyond.len()).unwrap_or(i64::MAX), 0),
        };
        if !count.agrees() {
            count.unsure.1 = self.given_back(link, partition, code, &redeemed).await?;
        }
        Ok(count)
    }

    /// Returns the number of redeemed holds that were returned since they were read.
    async fn given_back(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        code: &CouponCode,
        redeemed: &[OrderId],
    ) -> Result<i64> {
        let mut back = 0;
        for page in redeemed.chunks(PAGE) {
            let holds = page.iter().map(|order| keys::coupon_hold(partition, order));
            let states = read::field_of_each(link, holds, "state").await?;
            for (order, state) in page.iter().zip(states) {
                if state.as_deref() != Some("redeemed") {
                    back += 1;
                    if let Some(holds) = self.coupons.get_mut(code) {
                        holds.remove(order);
                    }
                }
            }
        }
        Ok(back)
    }

    /// Compares every coupon.
    pub(crate) async fn check(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        drifts: &mut Vec<Drift>,
    ) -> Result<()> {
        let codes: Vec<CouponCode> = self.coupons.keys().cloned().collect();
        for code in codes {
            let count = self.count(link, partition, &code).await?;
            judge(partition, &code, &count, drifts);
        }
        Ok(())
    }
}

fn judge(partition: &Partition, code: &CouponCode, count: &Count, drifts: &mut Vec<Drift>) {
    let key = || keys::coupon(partition, code);
    let ((held, uses), (said_held, said_uses)) = (count.counters(), count.said);
    if !count.agrees() {
        let counters = match count.written {
            (None, None) => "no counters".to_owned(),
            (Some(_), _) | (_, Some(_)) => format!("counts {held} holds and {uses} uses"),
        };
        let problem = format!("{counters}, the orders' holds say {said_held} and {said_uses}");
        let how = "set the counters to the holds".to_owned();
        let plan = Plan::RecountCoupon(partition.index(), code.clone());
        let drift = Drift::by_hand(Kind::CouponCount, key(), problem, how);
        drifts.push(drift.planned(plan));
    }
    let all = held + uses;
    if let Some(limit) = count.limit.filter(|limit| all > *limit) {
        let problem = format!("{all} holds and uses of {limit}");
        let how = format!(
            "orders keep what they were given; to give out no more: PATCH /v1/coupons/{code} \
             {{\"active\":false}}"
        );
        drifts.push(Drift::by_hand(Kind::CouponLimit, key(), problem, how));
    }
}
