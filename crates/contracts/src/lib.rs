//! The shop's types: ids, money, the order state machine and the events between services.
//!
//! Everything here is plain data. **Invariant:** no I/O, no clock, no random source except the one
//! handed in; a service that knows this crate knows the whole language of the shop.
//!
//! - [`id`]: typed ids; an order's id carries its partition.
//! - [`coupon`]: the terms of a coupon.
//! - [`money`]: integer minor units with an ISO 4217 code.
//! - [`order`]: the snapshot of an order that travels in events, and its state machine.
//! - [`webhook`]: what merchants' programs can be told of.
//! - [`event`]: every message between services, one struct each, and which stream it is on.

pub mod coupon;
pub mod event;
pub mod id;
pub mod money;
pub mod order;
pub mod product;
pub mod service;
pub mod webhook;

pub use coupon::{Coupon, Discount};
pub use id::{
    CouponCode, CustomerId, DeliveryId, IdError, OrderId, PaymentId, ProductId, WebhookId,
};
pub use money::{Currency, Money};
pub use order::{Contact, Line, OrderDoc, OrderStatus};
pub use product::Product;
pub use service::Service;
pub use webhook::{EventType, Topics};
