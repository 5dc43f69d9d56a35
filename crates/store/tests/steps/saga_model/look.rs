//! What lies in Redis, in the words of the model.

use std::collections::{BTreeSet, HashMap};

use contracts::{OrderId, Service};
use saga::{
    Books,
    books::{Coupon, Hold, Order, Paid, Payment, PaymentStatus, Shelf, Why},
    event::Intent,
};

use crate::support::Shop;

type Hash = HashMap<String, String>;

/// A number in a hash; nothing counts as zero.
fn number(hash: &Hash, field: &str) -> i64 {
    hash.get(field).map_or(0, |text| text.parse().unwrap())
}

fn hold(hash: &Hash) -> Option<Hold> {
    hash.get("state").map(|state| match state.as_str() {
        "held" => Hold::Held,
        "sold" | "redeemed" => Hold::Taken,
        "returned" => Hold::Returned,
        other => unreachable!("{other:?} is no state of a hold"),
    })
}

fn paid(status: &str) -> Paid {
    match status {
        "open" => Paid::Open,
        "failed" => Paid::Failed,
        "succeeded" => Paid::Succeeded,
        "refunding" => Paid::Refunding,
        "refunded" => Paid::Refunded,
        other => unreachable!("{other:?} is no status of an order's payment"),
    }
}

/// Why an order is cancelled; nothing when it was rejected.
fn why(reason: &str) -> Option<Why> {
    match reason {
        "paymentTimeout" => Some(Why::PaymentTimeout),
        "customer" => Some(Why::ByCustomer),
        "admin" => Some(Why::ByAdmin),
        "amountMismatch" => Some(Why::AmountMismatch),
        _ => None,
    }
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

/// Over which channels the customer was told that the order is confirmed: mail or SMS.
fn told(hash: &Hash) -> BTreeSet<u8> {
    let channels = hash.keys().map(|mark| match mark.as_str() {
        "orderConfirmed:email" => 0,
        "orderConfirmed:sms" => 1,
        other => unreachable!("{other:?} is no mark"),
    });
    channels.collect()
}

/// The id of an intent.
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
        // The packed document in an order's hash is not text, and not looked at.
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

    async fn order_in_words(&self, id: &OrderId) -> Order {
        let order = self.hash(&format!("order {id}")).await;
        let holds = |holder| order.get("held").is_some_and(|held| held.contains(holder));
        Order {
            status: order.get("status").map(|status| status.parse().unwrap()),
            has_stock: holds("inventory,"),
            has_coupon: holds("promotion,"),
            discount: number(&order, "discount"),
            why: order.get("reason").and_then(|reason| why(reason)),
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
            told: told(&self.hash(&format!("notification sent {id}")).await),
        }
    }

    /// The books as they are. `old` are books that hold for every order but `touched`.
    pub(super) async fn books(
        &self,
        names: &super::play::Names,
        old: &Books,
        touched: Option<usize>,
    ) -> Books {
        let mut books = old.clone();
        for (product, shelf) in names.products.iter().zip(&mut books.shelves) {
            let stock = self.hash(&format!("inventory stock {product}")).await;
            *shelf = Shelf {
                received: number(&stock, "received"),
                available: number(&stock, "available"),
                reserved: number(&stock, "reserved"),
                sold: number(&stock, "sold"),
            };
        }
        let coupon = self.hash(&format!("promotion coupon {}", names.code)).await;
        books.coupon = (!coupon.is_empty()).then(|| Coupon {
            active: number(&coupon, "active") == 1,
            removed: coupon.contains_key("removed"),
            held: number(&coupon, "held"),
            uses: number(&coupon, "uses"),
        });
        for (customer, taken) in names.customers.iter().zip(&mut books.taken) {
            let of = self.hash(&format!("promotion customer {customer}")).await;
            *taken = number(&of, &names.code);
        }
        if let Some(order) = touched {
            books.orders[order] = self.order_in_words(&names.orders[order]).await;
        }
        books
    }
}
