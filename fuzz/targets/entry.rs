//! A message that can be read is read the same when it is packed again; an entry can always be looked at.
//!
//! The input is the entry's type, a line end, and its data.

#![no_main]

use std::fmt::Debug;

use bytes::Bytes;
use contracts::event::*;
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::read_event;
use streamward::{RawEntry, TraceParent, pack, unpack};

fn same<T: Kind + Serialize + DeserializeOwned + PartialEq + Debug>(data: &[u8]) {
    let Ok(message) = read_event::<T>(T::VERSION, data) else {
        return;
    };
    assert!(
        read_event::<T>(T::VERSION + 1, data).is_err(),
        "it is newer"
    );
    let packed = pack(T::KIND, &message).expect("what was read can be packed");
    assert_eq!(unpack::<T>(&packed).as_ref(), Ok(&message));
    // What people and Lua see of it is all there is to it.
    assert!(unpack::<Value>(&packed).is_ok());
}

macro_rules! read_as {
    ($kind:expr, $data:expr; $($name:ident)+) => {
        match $kind {
            $($name::KIND => same::<$name>($data),)+
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
    // Operators see what nobody can read, too.
    let _: Result<Value, _> = unpack(entry.data());
    read_as!(entry.kind(), entry.data();
        OrderPlaced OrderAwaitingPayment OrderPaymentRequested OrderPaymentFailed OrderPaymentDue OrderConfirmed
        OrderRejected OrderCancelled OrderRefundRequested OrderRefunded OrderPaymentReturned InventoryReserved
        InventoryRejected InventoryUpdated CouponHeld CouponRejected ProductChanged ProductRemoved PaymentOpened
        PaymentProcessed PaymentRefunded ProviderCallback PaymentPoll PaymentReminder PaymentTimeout
        NotificationSent LowStockReported WebhookAttempt WebhookDelivered WebhookDisabled
    );
});
