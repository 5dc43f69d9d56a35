//! The shop's keys, all in one place; their grammar is [`Partition::key`]'s.

use contracts::{
    CouponCode, CustomerId, OrderId, ProductId, Service, WebhookId, id::partition_of, topic::TOPICS,
};
use sha2::{Digest, Sha256};
use streamward::{Partition, Runtime};

/// The partition of what is not an order: the hash of its name decides.
pub(crate) fn home<'a>(runtime: &'a Runtime, name: &str) -> &'a Partition {
    let index = partition_of(name.as_bytes(), runtime.partition_count());
    &runtime.partitions()[usize::from(index)]
}

/// A digest of these parts for a key: 32 digits of lower-case hex.
pub(crate) fn digest(parts: &[&[u8]]) -> String {
    hex::encode(&Sha256::digest(parts.join(&0))[..16])
}

/// Defines the functions that build keys: name, arguments, and the parts behind the partition.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) = $($part:expr),+;)+) => {
        $($(#[$doc])*
        pub(crate) fn $name(partition: &Partition, $($arg: $type),*) -> String {
            partition.key(&[$($part.as_ref()),+])
        })+
    };
}

keys! {
    meta() = "meta";
    order(order: &OrderId) = "order", order;
    orders_of(customer: &CustomerId) = "order", "customer", customer;
    open_of(customer: &CustomerId) = "order", "open", customer;
    idempotency(digest: &str) = "order", "key", digest;
    stock(product: &ProductId) = "inventory", "stock", product;
    /// `name` is plain: digits of a digest.
    adjusted(name: &str) = "inventory", "adjusted", name;
    stock_ledger(product: &ProductId) = "inventory", "ledger", product;
    reservation(order: &OrderId) = "inventory", "reservation", order;
    coupon(code: &CouponCode) = "promotion", "coupon", code;
    coupons() = "promotion", "coupons";
    coupon_hold(order: &OrderId) = "promotion", "hold", order;
    coupons_of(customer: &CustomerId) = "promotion", "customer", customer;
    payment(order: &OrderId) = "payment", "intent", order;
    sent(order: &OrderId) = "notification", "sent", order;
    password_reset(digest: &str) = "notification", "reset", digest;
    webhooks() = "webhook", "subscriptions";
    webhook_secrets() = "webhook", "secrets";
    webhook_state(webhook: &WebhookId) = "webhook", "state", webhook;
    webhook_inflight(webhook: &WebhookId) = "webhook", "inflight", webhook;
    webhook_log(webhook: &WebhookId) = "webhook", "log", webhook;
    webhook_bodies(webhook: &WebhookId) = "webhook", "bodies", webhook;
    webhook_recent(webhook: &WebhookId) = "webhook", "recent", webhook;
    products() = "catalog", "products";
    product_versions() = "catalog", "versions";
    user(digest: &str) = "account", "user", digest;
    session(digest: &str) = "account", "session", digest;
    repairs() = "audit", "repairs";
    verdict() = "audit", "verdict";
    sessions_of(user: &str) = "account", "sessions", user;
    api_key(id: &str) = "account", "key", id;
    api_keys_of(customer: &CustomerId) = "account", "keys", customer;
    signature(digest: &str) = "account", "signature", digest;
    shop_secret() = "edge", "secret";
    write_probe() = "edge", "probe";
    quota(policy: &str, digest: &str) = "edge", "quota", policy, digest;
    stored_response(digest: &str) = "edge", "once", digest;
}

pub(crate) fn order_timers(partition: &Partition) -> String {
    partition.delayed(Service::Order.name())
}

pub(crate) fn payment_timers(partition: &Partition) -> String {
    partition.delayed(Service::Payment.name())
}

/// Prefix of the topics that `service` writes: its scripts append `:<event>`.
pub(crate) fn topics(partition: &Partition, service: Service) -> String {
    partition.stream(service.context())
}

pub(crate) fn catalog(first: &Partition) -> [String; 2] {
    ["catalog:changed", "catalog:removed"].map(|topic| first.stream(topic))
}

/// Keys of every topic and inbox of a partition, for inspection.
pub fn streams(partition: &Partition) -> Vec<String> {
    let topics = TOPICS.iter().map(|topic| partition.stream(topic.name));
    let inboxes = Service::ALL.map(|service| partition.inbox(service.name()));
    topics.chain(inboxes).collect()
}
