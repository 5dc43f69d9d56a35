//! Reads the shop's state from Redis into the model's types.

use std::collections::{BTreeSet, HashMap};

use contracts::{OrderId, Service, event::CancelReason};
use saga::{
    ShopState,
    event::Intent,
    state::{Coupon, Hold, Order, PayStatus, Payment, PaymentStatus, Stock},
};

use crate::support::Shop;

type Hash = HashMap<String, String>;

/// Returns a number in a hash; zero if it is missing.
fn number(hash: &Hash, field: &str) -> i64 {
    hash.get(field).map_or(0, |text| text.parse().unwrap())
}

fn hold(hash: &Hash) -> Option<Hold> {
    hash.get("state").map(|state| match state.as_str() {
        "held" => Hold::Held,
        "sold" | "redeemed" => Hold::Used,
        "returned" => Hold::Released,
        other => unreachable!("{other:?} is no state of a hold"),
    })
}

fn paid(status: &str) -> PayStatus {
    match status {
        "open" => PayStatus::Open,
        "failed" => PayStatus::Failed,
        "succeeded" => PayStatus::Succeeded,
        "refunding" => PayStatus::Refunding,
        "refunded" => PayStatus::Refunded,
        other => unreachable!("{other:?} is no status of an order's payment"),
    }
}

/// Returns the reason of a cancellation; `None` for a rejection.
fn cancel_reason(word: &str) -> Option<CancelReason> {
    word.parse().ok()
}

fn payment(hash: &Hash, poll: bool) -> Payment {
    Payment {
        status: hash.get("status").map(|status| match status.as_str() {
            "open" => PaymentStatus::Open,
            "failed" => PaymentStatus::Failed,
            "succeeded" => PaymentStatus::Succeeded,
            "voided" => PaymentStatus::Voided,
            "refunded" => PaymentStatus::Refunded,
            other => unreachable!("{other:?} is no status of a payment"),
        }),
        intent: hash.get("intent").map(|id| intent_of(id)),
        amount: hash.get("amount").map(|_| number(hash, "amount")),
        captured: number(hash, "captured"),
        refunded: number(hash, "refunded"),
        failures: hash
            .keys()
            .filter_map(|field| field.strip_prefix("report:evt_")?.parse().ok())
            .collect(),
        unanswered: hash.get("unanswered").map(|charge| {
            let (attempt, _) = charge.split_once(' ').unwrap();
            attempt.parse().unwrap()
        }),
        poll,
    }
}

/// Returns the channels over which the customer was notified of the confirmation: mail or SMS.
fn notified(hash: &Hash) -> BTreeSet<u8> {
    let channels = hash.keys().map(|mark| match mark.as_str() {
        "orderConfirmed:email" => 0,
        "orderConfirmed:sms" => 1,
        other => unreachable!("{other:?} is no mark"),
    });
    channels.collect()
}

/// Returns the id of an intent.
pub(super) const fn id_of(intent: Intent) -> &'static str {
    match intent {
        Intent::Ours => "pi_1",
        Intent::Foreign => "pi_2",
        Intent::Free => "free",
    }
}

fn intent_of(id: &str) -> Intent {
    let all = [Intent::Ours, Intent::Foreign, Intent::Free];
    all.into_iter().find(|one| id_of(*one) == id).unwrap()
}

impl Shop {
    async fn hash(&self, name: &str) -> Hash {
        // The packed document in an order's hash is not text and is skipped.
        let key = self.partition().key(&name.split(' ').collect::<Vec<_>>());
        let fields: HashMap<String, Vec<u8>> = self.redis(&["HGETALL", &key]).await;
        let text = |(field, value)| Some((field, String::from_utf8(value).ok()?));
        fields.into_iter().filter_map(text).collect()
    }

    async fn has_timer(&self, service: Service, name: &str, order: &OrderId) -> bool {
        let (timers, member) = (
            self.partition().delayed(service.name()),
            format!("{name}:{order}"),
        );
        let score: Option<String> = self.redis(&["ZSCORE", &timers, &member]).await;
        score.is_some()
    }

    async fn read_order(&self, id: &OrderId) -> Order {
        let order = self.hash(&format!("order {id}")).await;
        let holds = |holder| order.get("held").is_some_and(|held| held.contains(holder));
        Order {
            status: order.get("status").map(|status| status.parse().unwrap()),
            has_stock: holds("inventory,"),
            has_coupon: holds("promotion,"),
            discount: number(&order, "discount"),
            cancel_reason: order.get("reason").and_then(|word| cancel_reason(word)),
            paid: order.get("pay.status").map(|status| paid(status)),
            retries: u8::try_from(number(&order, "attempt").max(1) - 1).unwrap(),
            timeout: self.has_timer(Service::Order, "PaymentTimeout", id).await,
            reminder: self.has_timer(Service::Order, "PaymentReminder", id).await,
            reservation: hold(&self.hash(&format!("inventory reservation {id}")).await),
            coupon: hold(&self.hash(&format!("promotion hold {id}")).await),
            payment: payment(
                &self.hash(&format!("payment intent {id}")).await,
                self.has_timer(Service::Payment, "PaymentPoll", id).await,
            ),
            notified: notified(&self.hash(&format!("notification sent {id}")).await),
        }
    }

    /// Reads the state. `old` is the state of every order but `touched`.
    pub(super) async fn read_state(
        &self,
        names: &super::comparison::Names,
        old: &ShopState,
        touched: Option<usize>,
    ) -> ShopState {
        let mut state = old.clone();
        for (product, ledger) in names.products.iter().zip(&mut state.stock) {
            let stock = self.hash(&format!("inventory stock {product}")).await;
            *ledger = Stock {
                received: number(&stock, "received"),
                available: number(&stock, "available"),
                reserved: number(&stock, "reserved"),
                sold: number(&stock, "sold"),
            };
        }
        let coupon = self.hash(&format!("promotion coupon {}", names.code)).await;
        state.coupon = (!coupon.is_empty()).then(|| Coupon {
            active: number(&coupon, "active") == 1,
            removed: coupon.contains_key("removed"),
            held: number(&coupon, "held"),
            uses: number(&coupon, "uses"),
        });
        for (customer, uses) in names.customers.iter().zip(&mut state.coupon_uses) {
            let of = self.hash(&format!("promotion customer {customer}")).await;
            *uses = number(&of, &names.code);
        }
        if let Some(order) = touched {
            state.orders[order] = self.read_order(&names.orders[order]).await;
        }
        state
    }
}
