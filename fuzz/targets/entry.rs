//! Messages: a decoded message survives a round trip, and every entry can be inspected.
//!
//! Input: the entry's type, a line end, and its data.

#![no_main]

use std::fmt::Debug;

use bytes::Bytes;
use contracts::event::*;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use streamward::{RawEntry, TraceParent, decode, pack, unpack};

fn round_trip<T: Message + PartialEq + Debug>(data: &[u8]) {
    let Ok(message) = decode::<T>(T::VERSION, data) else {
        return;
    };
    assert!(
        decode::<T>(T::VERSION + 1, data).is_err(),
        "a newer version was decoded"
    );
    let packed = pack(T::KIND, &message).expect("a decoded message can be packed");
    assert_eq!(unpack::<T>(&packed).as_ref(), Ok(&message));
    // Operators and Lua decode it without its type.
    assert!(unpack::<Value>(&packed).is_ok());
}

macro_rules! read_as {
    ($kind:expr, $data:expr; $($name:ident)+) => {
        match $kind {
            $($name::KIND => round_trip::<$name>($data),)+
            other => assert!(!KINDS.contains(&other), "{other} is missing here"),
        }
    };
}

fuzz_target!(|input: &[u8]| {
    let at = input
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(input.len());
    let (kind, data) = (&input[..at], input.get(at + 1..).unwrap_or_default());
    let field =
        |name: &'static str, value: &[u8]| (Bytes::from(name), Bytes::copy_from_slice(value));
    let entry = RawEntry {
        id: "1-0".to_owned(),
        fields: vec![
            field("type", kind),
            field("v", data),
            field("tp", data),
            field("data", data),
        ],
    };
    assert_eq!(entry.data(), data);
    let trace = entry.trace().to_string();
    assert_eq!(
        TraceParent::parse_or_start(trace.as_bytes()).to_string(),
        trace
    );
    assert_eq!(entry.version(), entry.text("v").parse().unwrap_or(0));
    // Operators inspect undecodable entries, too.
    let _: Result<Value, _> = unpack(entry.data());
    read_as!(entry.kind(), entry.data();
        OrderPlaced OrderAwaitingPayment OrderPaymentRequested OrderPaymentFailed OrderPaymentDue OrderConfirmed
        OrderRejected OrderCancelled OrderRefundRequested OrderRefunded OrderPaymentReturned InventoryReserved
        InventoryRejected InventoryUpdated LowStock CouponHeld CouponRejected ProductChanged ProductRemoved PaymentOpened
        PaymentProcessed PaymentRefunded ChargeReport PaymentPoll PasswordResetRequested PaymentReminder PaymentTimeout
        NotificationSent WebhookAttempt WebhookDelivered WebhookDisabled
    );
});
