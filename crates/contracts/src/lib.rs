//! The shop's types: ids, money, the order state machine and the events between services.
//!
//! Plain data only. **Invariant:** no I/O, no clock, no random source except the one passed in.
//!
//! - [`id`]: typed ids; an order's id carries its partition.
//! - [`coupon`]: the terms of a coupon.
//! - [`product`]: a product of the catalogue.
//! - [`money`]: integer minor units with an ISO 4217 code.
//! - [`order`]: the snapshot of an order that travels in events, and its state machine.
//! - [`webhook`]: the event types that merchants subscribe to.
//! - [`event`]: every message between services.
//! - [`role`]: the roles of accounts.
//! - [`service`]: the services.
//! - [`topic`]: the streams, one per type of event, and who subscribes to which.

pub mod coupon;
pub mod event;
pub mod id;
pub mod money;
pub mod order;
pub mod product;
pub mod role;
pub mod service;
pub mod topic;
pub mod webhook;
mod words;

pub use coupon::{Coupon, Discount};
pub use id::{
    CouponCode, CustomerId, DeliveryId, IdError, OrderId, PaymentId, ProductId, WebhookId,
};
pub use money::{Currency, Money};
pub use order::{Contact, Line, OrderDocument, OrderStatus};
pub use product::Product;
pub use role::Role;
pub use service::Service;
pub use topic::Topic;
pub use webhook::{EventSelection, EventType};
pub use words::UnknownWord;
