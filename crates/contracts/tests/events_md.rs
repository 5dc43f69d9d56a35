//! Test of `docs/EVENTS.md`: every message is listed, and its JSON decodes into its type.

#![expect(clippy::panic, reason = "a helper of a test may fail the test")]

use contracts::event::{self, Message as _};
use serde::de::DeserializeOwned;

const EVENTS: &str = include_str!("../../../docs/EVENTS.md");

/// Returns the JSON block below the heading of `kind`.
fn documented_json(kind: &str) -> &'static str {
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
    serde_json::from_str::<T>(documented_json(kind))
        .unwrap_or_else(|error| panic!("{kind}: {error}"));
}

#[test]
fn every_message_is_documented_and_its_json_decodes() {
    macro_rules! check {
        ($($kind:ident),+ $(,)?) => {{
            $(decodes::<event::$kind>(event::$kind::KIND);)+
            assert_eq!(event::KINDS, [$(event::$kind::KIND),+], "a message is missing here");
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
        LowStock,
        CouponHeld,
        CouponRejected,
        ProductChanged,
        ProductRemoved,
        PaymentOpened,
        PaymentProcessed,
        PaymentRefunded,
        ChargeReport,
        PaymentPoll,
        PasswordResetRequested,
        PaymentReminder,
        PaymentTimeout,
        NotificationSent,
        WebhookAttempt,
        WebhookDelivered,
        WebhookDisabled,
    );
}
