//! Runs the calls of a plan on the scripts and on the model, and compares both.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
};

use contracts::{CustomerId, OrderId, Service, Topic};
use saga::{
    ShopState,
    scripts::{
        Call as ModelCall, DeliveryState, ScriptResult, inventory as stock_model,
        promotion as coupon_model, requests,
    },
};
use streamward::{Delivery, inspect};

use super::{
    calls::{Call, Plan, Step},
    model,
};
use crate::support::{Shop, coupon, customer, eur, unknown_order};

const STREAMS: [Service; 5] = [
    Service::Order,
    Service::Inventory,
    Service::Promotion,
    Service::Payment,
    Service::Notification,
];

/// A difference between the scripts and the model.
pub(super) struct Mismatch {
    /// Index of the call.
    pub(super) at: usize,
    /// Description of the difference.
    pub(super) what: String,
}

/// Ids behind the model's indices.
pub(super) struct Names {
    pub(super) products: [&'static str; 2],
    pub(super) code: String,
    pub(super) customers: Vec<CustomerId>,
    pub(super) orders: Vec<OrderId>,
}

/// A handled delivery, settled or not.
pub(super) struct Handled {
    pub(super) cause: Delivery,
    pub(super) order: usize,
    pub(super) step: Step,
    pub(super) settled: bool,
}

/// The shop and the model of a plan.
pub(super) struct Comparison<'a> {
    pub(super) plan: &'a Plan,
    pub(super) shop: Shop,
    pub(super) names: Names,
    pub(super) state: ShopState,
    handled: Vec<Handled>,
    /// Name of a topic and the last entry that was read of it.
    read: HashMap<&'static str, String>,
}

/// Returns the name of a reply's variant.
pub(super) fn word(answer: &impl Debug) -> String {
    let text = format!("{answer:?}");
    let end = text.find(|c: char| !c.is_ascii_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

/// Runs a plan and returns the calls with their replies.
pub(super) async fn run(plan: &Plan) -> Result<BTreeSet<String>, Mismatch> {
    let mut comparison = Comparison::start(plan).await;
    let mut seen = BTreeSet::new();
    for (at, call) in plan.calls.iter().enumerate() {
        match comparison.call(*call).await {
            Ok(answer) => seen.extend(answer),
            Err(what) => {
                let what = format!("{call:?}: {what}");
                return Err(Mismatch { at, what });
            }
        }
    }
    Ok(seen)
}

impl<'a> Comparison<'a> {
    async fn start(plan: &'a Plan) -> Self {
        let orders = &plan.scenario.orders;
        let comparison = Self {
            plan,
            shop: Shop::open().await,
            names: Names {
                products: ["mug", "pen"],
                code: "TEN".to_owned(),
                customers: (0..2).map(|_| customer()).collect(),
                orders: orders.iter().map(|_| unknown_order()).collect(),
            },
            state: ShopState {
                coupon_uses: vec![0; 2],
                ..ShopState::new(&plan.scenario)
            },
            handled: Vec::new(),
            read: HashMap::new(),
        };
        for (product, units) in comparison.names.products.iter().zip(&plan.scenario.stock) {
            comparison.shop.receive(product, *units).await;
        }
        comparison.shop.offer(&comparison.coupon()).await;
        comparison
    }

    pub(super) fn coupon(&self) -> contracts::Coupon {
        let terms = self.plan.scenario.coupon;
        let uses = |limit: i64| u64::try_from(limit).ok();
        contracts::Coupon {
            max_uses: uses(terms.max_uses),
            max_uses_per_customer: uses(terms.max_uses_per_customer),
            ..coupon(
                &self.names.code,
                contracts::Discount::Amount(eur(terms.discount)),
            )
        }
    }

    /// Makes a call on both and returns its name and reply; `None` for a call without a meaning.
    async fn call(&mut self, call: Call) -> Result<Option<String>, String> {
        self.take_events().await;
        match call {
            Call::Step { order, step } => {
                // An order that was never placed has no id for its reservation or payment.
                if self.state.orders[order].status.is_none() && !step.is_order_step() {
                    return Ok(None);
                }
                let (stream, service) = step.source();
                let cause = self
                    .shop
                    .about(&self.names.orders[order], stream, service)
                    .await;
                let handled = Handled {
                    cause,
                    order,
                    step,
                    settled: false,
                };
                self.handled.push(handled);
                self.step(self.handled.len() - 1).await.map(Some)
            }
            Call::Redeliver { .. } if self.handled.is_empty() => Ok(None),
            Call::Redeliver { which } => self.step(which % self.handled.len()).await.map(Some),
            Call::AdjustStock { .. }
            | Call::AddCoupon
            | Call::SetCouponActive { .. }
            | Call::RemoveCoupon
            | Call::PlaceOrder { .. }
            | Call::CancelOrder { .. }
            | Call::RequestPayment { .. }
            | Call::RequestRefund { .. } => self.request(call).await.map(Some),
        }
    }

    /// Handles a delivery, for the first time or again.
    async fn step(&mut self, which: usize) -> Result<String, String> {
        let Handled {
            order,
            step,
            settled,
            ..
        } = self.handled[which];
        let total = self.state.total(&self.plan.scenario, order);
        let found = self.make(&self.handled[which], total).await;
        let call = ModelCall {
            scenario: &self.plan.scenario,
            order,
            delivery: if settled {
                DeliveryState::Settled
            } else {
                DeliveryState::Pending
            },
        };
        let answer = model::step(&mut self.state, call, step, total);
        let is_settled = self.is_settled(&self.handled[which].cause).await;
        if is_settled != (settled || answer.settles) {
            return Err(format!("{step:?} has settled its delivery: {is_settled}"));
        }
        self.handled[which].settled = is_settled;
        self.compare(&found, &answer, Some(order)).await?;
        Ok(format!("{} {found}", word(&step)))
    }

    /// Makes a call that settles nothing.
    async fn request(&mut self, call: Call) -> Result<String, String> {
        let found = self.make_request(call).await;
        let (state, scenario) = (&mut self.state, &self.plan.scenario);
        let (answer, order) = match call {
            Call::AdjustStock { product, delta } => {
                (stock_model::adjust_stock(state, product, delta), None)
            }
            Call::AddCoupon => (coupon_model::add_coupon(state), None),
            Call::SetCouponActive { active } => {
                (coupon_model::set_coupon_active(state, active), None)
            }
            Call::RemoveCoupon => (coupon_model::remove_coupon(state), None),
            Call::PlaceOrder { order } => (requests::place_order(state, order), Some(order)),
            Call::CancelOrder { order, reason } => {
                (requests::cancel_order(state, order, reason), Some(order))
            }
            Call::RequestPayment { order } => {
                (requests::request_payment(state, order), Some(order))
            }
            Call::RequestRefund { order } => (
                requests::request_refund(state, scenario, order),
                Some(order),
            ),
            Call::Step { .. } | Call::Redeliver { .. } => unreachable!("these settle a delivery"),
        };
        self.compare(&found, &answer, order).await?;
        Ok(format!("{} {found}", word(&call)))
    }

    /// Checks that both replied, emitted and stored the same.
    async fn compare(
        &mut self,
        found: &str,
        answer: &ScriptResult,
        touched: Option<usize>,
    ) -> Result<(), String> {
        if found != word(&answer.reply) {
            return Err(format!(
                "the script replies {found}, the model {:?}",
                answer.reply
            ));
        }
        // Of events in several topics the topics do not say which came first.
        let mut wanted: Vec<_> = answer.events.iter().map(|event| event.kind()).collect();
        let mut written = self.take_events().await;
        wanted.sort_unstable();
        written.sort_unstable();
        if written != wanted {
            return Err(format!(
                "the script emits {written:?}, the model {wanted:?}"
            ));
        }
        let state = self
            .shop
            .read_state(&self.names, &self.state, touched)
            .await;
        if state != self.state {
            let (real, model) = (&state, &self.state);
            return Err(format!("the scripts store {real:#?}\nthe model {model:#?}"));
        }
        Ok(())
    }

    async fn is_settled(&self, cause: &Delivery) -> bool {
        let receipt = &cause.receipt;
        let (stream, group, id) = (&*receipt.stream, &*receipt.group, receipt.id.as_str());
        let command = ["XPENDING", stream, group, id, id, "1"];
        let pending: Vec<redis::Value> = self.shop.redis(&command).await;
        pending.is_empty()
    }

    /// Returns the types of the events emitted since the last call.
    async fn take_events(&mut self) -> Vec<String> {
        let mut kinds = Vec::new();
        for topic in STREAMS
            .into_iter()
            .flat_map(|one| Topic::in_context(one.context()))
        {
            let stream = self.shop.partition().stream(topic.name);
            let from = self
                .read
                .get(topic.name)
                .map_or_else(|| "-".to_owned(), |id| format!("({id}"));
            let link = &mut self.shop.link();
            let entries = inspect::range(link, &stream, (&from, "+"), 1000)
                .await
                .unwrap();
            if let Some(last) = entries.last() {
                self.read.insert(topic.name, last.id.clone());
            }
            let events = entries.iter().map(|entry| entry.kind().to_owned());
            kinds.extend(events.filter(|kind| kind != "Nudge"));
        }
        kinds
    }
}
