//! `docs/EVENTS.md` shows every message, and each one's JSON decodes into its type.

#![expect(clippy::panic, reason = "a helper of a test may fail the test")]

use contracts::event;
use serde::de::DeserializeOwned;

const EVENTS: &str = include_str!("../../../docs/EVENTS.md");

/// The JSON block below the heading of `kind`.
fn shown(kind: &str) -> &'static str {
    let heading = format!("### {kind}\n");
    let (_, section) = EVENTS
        .split_once(&heading)
        .unwrap_or_else(|| panic!("no {heading}"));
    let section = section.split("\n### ").next().unwrap_or_default();
    let (_, block) = section
        .split_once("```json\n")
        .unwrap_or_else(|| panic!("no JSON: {kind}"));
    block.split("```").next().unwrap_or_default()
}

fn decodes<T: DeserializeOwned>(kind: &str) {
    serde_json::from_str::<T>(shown(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
}

#[test]
fn every_message_is_shown_and_its_json_is_true() {
    macro_rules! check {
        ($($kind:ident),+ $(,)?) => {{
            $(decodes::<event::$kind>(stringify!($kind));)+
            assert_eq!(event::KINDS, [$(stringify!($kind)),+], "a message is missing here");
        }};
    }
    check!(
        OrderPlaced,
        OrderAwaitingPayment,
        OrderPaymentRequested,
        OrderPaymentFailed,
        OrderPaymentDue,
        OrderConfirmed,
        OrderRejected,
        OrderCancelled,
        OrderRefundRequested,
        OrderRefunded,
        OrderPaymentReturned,
        InventoryReserved,
        InventoryRejected,
        InventoryUpdated,
        CouponHeld,
        CouponRejected,
        ProductChanged,
        ProductRemoved,
        PaymentOpened,
        PaymentProcessed,
        PaymentRefunded,
        ProviderCallback,
        PaymentPoll,
        PaymentReminder,
        PaymentTimeout,
        NotificationSent,
        LowStockReported,
        WebhookAttempt,
        WebhookDelivered,
        WebhookDisabled,
    );
}
