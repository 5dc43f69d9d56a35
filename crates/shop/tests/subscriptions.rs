//! The table of subscriptions and the services' handlers say the same.

use std::collections::BTreeSet;

use contracts::{
    Service, Topic,
    event::{
        ChargeReport, KINDS, Message as _, PasswordResetRequested, PaymentPoll, PaymentReminder,
        PaymentTimeout, WebhookAttempt,
    },
};
use streamward::Inbound;

/// Messages that reach a service by its inbox.
const ADDRESSED: [&str; 6] = [
    ChargeReport::KIND,
    PasswordResetRequested::KIND,
    PaymentPoll::KIND,
    PaymentReminder::KIND,
    PaymentTimeout::KIND,
    WebhookAttempt::KIND,
];

fn handled_by<M: Inbound>() -> BTreeSet<&'static str> {
    KINDS
        .iter()
        .copied()
        .filter(|kind| M::wants(kind))
        .collect()
}

#[test]
fn every_service_subscribes_to_the_events_it_handles_and_to_no_others() {
    for service in Service::ALL {
        let mut handled = match service {
            Service::Order => handled_by::<order_worker::OrderMessage>(),
            Service::Inventory => handled_by::<inventory_worker::InventoryMessage>(),
            Service::Promotion => handled_by::<promotion_worker::PromotionMessage>(),
            Service::Payment => handled_by::<payment_worker::PaymentMessage>(),
            Service::Notification => handled_by::<notification_worker::NotificationMessage>(),
            Service::Webhook => handled_by::<webhook_worker::WebhookMessage>(),
        };
        handled.retain(|kind| !ADDRESSED.contains(kind));
        let subscribed: BTreeSet<&str> = Topic::read_by(service).map(|topic| topic.event).collect();
        assert_eq!(subscribed, handled, "{service}");
    }
}
