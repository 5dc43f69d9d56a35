//! The shop's keys, all in one place; their grammar is [`Partition::key`]'s.

use contracts::{CouponCode, CustomerId, OrderId, ProductId, Service, WebhookId};
use streamward::Partition;

pub(crate) fn order(partition: &Partition, order: &OrderId) -> String {
    partition.key(&["order", order.as_str()])
}

pub(crate) fn orders_of(partition: &Partition, customer: &CustomerId) -> String {
    partition.key(&["order", "customer", customer.as_str()])
}

pub(crate) fn open_of(partition: &Partition, customer: &CustomerId) -> String {
    partition.key(&["order", "open", customer.as_str()])
}

pub(crate) fn idempotency(partition: &Partition, digest: &str) -> String {
    partition.key(&["order", "key", digest])
}

pub(crate) fn order_timers(partition: &Partition) -> String {
    partition.delayed(Service::Order.name())
}

pub(crate) fn payment_timers(partition: &Partition) -> String {
    partition.delayed(Service::Payment.name())
}

pub(crate) fn stream(partition: &Partition, service: Service) -> String {
    partition.stream(service.writes())
}

pub(crate) fn stock(partition: &Partition, product: &ProductId) -> String {
    partition.key(&["inventory", "stock", product.as_str()])
}

/// `name` is plain: digits of a digest.
pub(crate) fn adjusted(partition: &Partition, name: &str) -> String {
    partition.key(&["inventory", "adjusted", name])
}

pub(crate) fn stock_ledger(partition: &Partition, product: &ProductId) -> String {
    partition.key(&["inventory", "ledger", product.as_str()])
}

pub(crate) fn reservation(partition: &Partition, order: &OrderId) -> String {
    partition.key(&["inventory", "reservation", order.as_str()])
}

pub(crate) fn coupon(partition: &Partition, code: &CouponCode) -> String {
    partition.key(&["promotion", "coupon", code.as_str()])
}

pub(crate) fn coupons(partition: &Partition) -> String {
    partition.key(&["promotion", "coupons"])
}

pub(crate) fn coupon_hold(partition: &Partition, order: &OrderId) -> String {
    partition.key(&["promotion", "hold", order.as_str()])
}

pub(crate) fn coupons_of(partition: &Partition, customer: &CustomerId) -> String {
    partition.key(&["promotion", "customer", customer.as_str()])
}

pub(crate) fn payment(partition: &Partition, order: &OrderId) -> String {
    partition.key(&["payment", "intent", order.as_str()])
}

pub(crate) fn sent(partition: &Partition, order: &OrderId) -> String {
    partition.key(&["notification", "sent", order.as_str()])
}

pub(crate) fn low_stock(partition: &Partition) -> String {
    partition.key(&["notification", "low"])
}

pub(crate) fn webhooks(partition: &Partition) -> String {
    partition.key(&["webhook", "subscriptions"])
}

pub(crate) fn webhook_secrets(partition: &Partition) -> String {
    partition.key(&["webhook", "secrets"])
}

pub(crate) fn webhook_state(partition: &Partition, webhook: &WebhookId) -> String {
    partition.key(&["webhook", "state", webhook.as_str()])
}

pub(crate) fn webhook_inflight(partition: &Partition, webhook: &WebhookId) -> String {
    partition.key(&["webhook", "inflight", webhook.as_str()])
}

pub(crate) fn webhook_log(partition: &Partition, webhook: &WebhookId) -> String {
    partition.key(&["webhook", "log", webhook.as_str()])
}

pub(crate) fn webhook_bodies(partition: &Partition, webhook: &WebhookId) -> String {
    partition.key(&["webhook", "bodies", webhook.as_str()])
}

pub(crate) fn webhook_recent(partition: &Partition, webhook: &WebhookId) -> String {
    partition.key(&["webhook", "recent", webhook.as_str()])
}

pub(crate) fn products(first: &Partition) -> String {
    first.key(&["catalog", "products"])
}

pub(crate) fn product_versions(first: &Partition) -> String {
    first.key(&["catalog", "versions"])
}

pub(crate) fn catalog(first: &Partition) -> String {
    first.stream("catalog")
}

pub(crate) fn user(partition: &Partition, digest: &str) -> String {
    partition.key(&["account", "user", digest])
}

pub(crate) fn session(partition: &Partition, digest: &str) -> String {
    partition.key(&["account", "session", digest])
}

pub(crate) fn repairs(partition: &Partition) -> String {
    partition.key(&["audit", "repairs"])
}

pub(crate) fn verdict(first: &Partition) -> String {
    first.key(&["audit", "verdict"])
}

pub(crate) fn sessions_of(partition: &Partition, user: &str) -> String {
    partition.key(&["account", "sessions", user])
}

pub(crate) fn api_key(partition: &Partition, id: &str) -> String {
    partition.key(&["account", "key", id])
}

pub(crate) fn api_keys_of(partition: &Partition, customer: &CustomerId) -> String {
    partition.key(&["account", "keys", customer.as_str()])
}

pub(crate) fn signature(partition: &Partition, digest: &str) -> String {
    partition.key(&["account", "signature", digest])
}

pub(crate) fn shop_secret(first: &Partition) -> String {
    first.key(&["edge", "secret"])
}

pub(crate) fn quota(partition: &Partition, policy: &str, digest: &str) -> String {
    partition.key(&["edge", "quota", policy, digest])
}

pub(crate) fn stored_response(partition: &Partition, digest: &str) -> String {
    partition.key(&["edge", "once", digest])
}
