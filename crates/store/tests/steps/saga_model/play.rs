//! Makes the calls of a plan, on the scripts and on the model.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
};

use contracts::{CustomerId, OrderId, Service};
use saga::{
    Books,
    scripts::{
        Answer, Call as ModelCall, Gate, inventory as stock_model, promotion as coupon_model,
        requests,
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

/// Where the scripts and the model parted.
pub(super) struct Trouble {
    /// The call's place in the plan.
    pub(super) at: usize,
    /// What was different.
    pub(super) what: String,
}

/// What the model's numbers stand for.
pub(super) struct Names {
    pub(super) products: [&'static str; 2],
    pub(super) code: String,
    pub(super) customers: Vec<CustomerId>,
    pub(super) orders: Vec<OrderId>,
}

/// A delivery that was handled, and whether it was settled.
pub(super) struct Handled {
    pub(super) cause: Delivery,
    pub(super) order: usize,
    pub(super) step: Step,
    pub(super) settled: bool,
}

/// A play of a plan.
pub(super) struct Play<'a> {
    pub(super) plan: &'a Plan,
    pub(super) shop: Shop,
    pub(super) names: Names,
    pub(super) books: Books,
    handled: Vec<Handled>,
    read: HashMap<Service, String>,
}

/// An answer of a script or a store's function in one word.
pub(super) fn word(answer: &impl Debug) -> String {
    let text = format!("{answer:?}");
    let end = text.find(|c: char| !c.is_ascii_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

/// Plays a plan to its end; says which call answered what.
pub(super) async fn play(plan: &Plan) -> Result<BTreeSet<String>, Trouble> {
    let mut play = Play::open(plan).await;
    let mut seen = BTreeSet::new();
    for (at, call) in plan.calls.iter().enumerate() {
        match play.call(*call).await {
            Ok(answer) => seen.extend(answer),
            Err(what) => {
                let what = format!("{call:?}: {what}");
                return Err(Trouble { at, what });
            }
        }
    }
    Ok(seen)
}

impl<'a> Play<'a> {
    async fn open(plan: &'a Plan) -> Self {
        let wishes = &plan.shop.wishes;
        let play = Self {
            plan,
            shop: Shop::open().await,
            names: Names {
                products: ["mug", "pen"],
                code: "TEN".to_owned(),
                customers: (0..2).map(|_| customer()).collect(),
                orders: wishes.iter().map(|_| unknown_order()).collect(),
            },
            books: Books {
                taken: vec![0; 2],
                ..Books::new(&plan.shop)
            },
            handled: Vec::new(),
            read: HashMap::new(),
        };
        for (product, units) in play.names.products.iter().zip(&plan.shop.stock) {
            play.shop.receive(product, *units).await;
        }
        play.shop.offer(&play.coupon()).await;
        play
    }

    pub(super) fn coupon(&self) -> contracts::Coupon {
        let terms = self.plan.shop.coupon;
        let uses = |limit: i64| u64::try_from(limit).ok();
        contracts::Coupon {
            max_uses: uses(terms.limit),
            max_uses_per_customer: uses(terms.per_customer),
            ..coupon(
                &self.names.code,
                contracts::Discount::Amount(eur(terms.off)),
            )
        }
    }

    /// Makes a call on both; says what it answered, if it makes sense at all.
    async fn call(&mut self, call: Call) -> Result<Option<String>, String> {
        self.skip_what_is_written().await;
        match call {
            Call::Step { order, step } => {
                // What an order needs before there is one has no name that the order keeps.
                if self.books.orders[order].status.is_none() && !step.is_of_the_order_service() {
                    return Ok(None);
                }
                let (stream, service) = step.comes_from();
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
            Call::Again { .. } if self.handled.is_empty() => Ok(None),
            Call::Again { which } => self.step(which % self.handled.len()).await.map(Some),
            Call::Adjust { .. }
            | Call::AddCoupon
            | Call::SwitchCoupon { .. }
            | Call::RemoveCoupon
            | Call::Place { .. }
            | Call::Cancel { .. }
            | Call::Pay { .. }
            | Call::Refund { .. } => self.ask(call).await.map(Some),
        }
    }

    /// Handles a delivery, for the first time or once more.
    async fn step(&mut self, which: usize) -> Result<String, String> {
        let Handled {
            order,
            step,
            settled,
            ..
        } = self.handled[which];
        let total = self.books.total(&self.plan.shop, order);
        let found = self.make(&self.handled[which], total).await;
        let call = ModelCall {
            shop: &self.plan.shop,
            order,
            gate: if settled {
                Gate::Settled
            } else {
                Gate::Pending
            },
        };
        let answer = model::step(&mut self.books, call, step, total);
        let is_settled = self.is_settled(&self.handled[which].cause).await;
        if is_settled != (settled || answer.settles) {
            return Err(format!("{step:?} has settled its delivery: {is_settled}"));
        }
        self.handled[which].settled = is_settled;
        self.compare(&found, &answer, Some(order)).await?;
        Ok(format!("{} {found}", word(&step)))
    }

    /// Makes a call that settles nothing.
    async fn ask(&mut self, call: Call) -> Result<String, String> {
        let found = self.make_request(call).await;
        let (books, shop) = (&mut self.books, &self.plan.shop);
        let (answer, order) = match call {
            Call::Adjust { product, delta } => (stock_model::adjust(books, product, delta), None),
            Call::AddCoupon => (coupon_model::add(books), None),
            Call::SwitchCoupon { active } => (coupon_model::switch(books, active), None),
            Call::RemoveCoupon => (coupon_model::remove(books), None),
            Call::Place { order } => (requests::place(books, order), Some(order)),
            Call::Cancel { order, why } => (requests::cancel(books, order, why), Some(order)),
            Call::Pay { order } => (requests::pay(books, order), Some(order)),
            Call::Refund { order } => (requests::refund(books, shop, order), Some(order)),
            Call::Step { .. } | Call::Again { .. } => unreachable!("these settle a delivery"),
        };
        self.compare(&found, &answer, order).await?;
        Ok(format!("{} {found}", word(&call)))
    }

    /// Whether both answered, wrote and kept the same.
    async fn compare(
        &mut self,
        found: &str,
        answer: &Answer,
        touched: Option<usize>,
    ) -> Result<(), String> {
        if found != word(&answer.reply) {
            return Err(format!(
                "the script says {found}, the model {:?}",
                answer.reply
            ));
        }
        let wanted: Vec<_> = answer.events.iter().map(|event| event.kind()).collect();
        let written = self.skip_what_is_written().await;
        if written != wanted {
            return Err(format!(
                "the script writes {written:?}, the model {wanted:?}"
            ));
        }
        let books = self.shop.books(&self.names, &self.books, touched).await;
        if books != self.books {
            let (real, model) = (&books, &self.books);
            return Err(format!("the scripts leave {real:#?}\nthe model {model:#?}"));
        }
        Ok(())
    }

    async fn is_settled(&self, cause: &Delivery) -> bool {
        let receipt = &cause.receipt;
        let (stream, group, id) = (&*receipt.stream, &*receipt.group, receipt.id.as_str());
        let words = ["XPENDING", stream, group, id, id, "1"];
        let pending: Vec<redis::Value> = self.shop.redis(&words).await;
        pending.is_empty()
    }

    /// The types of what was written since the last time.
    async fn skip_what_is_written(&mut self) -> Vec<String> {
        let mut kinds = Vec::new();
        for service in STREAMS {
            let stream = self.shop.partition().stream(service.writes());
            let from = self
                .read
                .get(&service)
                .map_or_else(|| "-".to_owned(), |id| format!("({id}"));
            let link = &mut self.shop.link();
            let entries = inspect::range(link, &stream, (&from, "+"), 1000)
                .await
                .unwrap();
            if let Some(last) = entries.last() {
                self.read.insert(service, last.id.clone());
            }
            let events = entries.iter().map(|entry| entry.kind().to_owned());
            kinds.extend(events.filter(|kind| kind != "Nudge"));
        }
        kinds
    }
}
