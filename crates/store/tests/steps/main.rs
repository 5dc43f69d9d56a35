//! Every step of the shop, on a real redis-server: what it answers, what it writes, and that the
//! same delivery changes nothing a second time.
//!
//! `support` opens a shop; each other file proves one behaviour.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod adjusting;
mod attempting;
mod auditing;
mod cancelling;
mod catalogue;
mod coupon_admin;
mod couponing;
mod declining;
mod expiring;
mod fanning_out;
mod headers;
mod hoarding;
mod holding;
mod idempotency_keys;
mod joining;
mod journey;
mod layout;
mod listing;
mod logging_in;
mod low_stock;
mod notifying;
mod noting;
mod opening;
mod overselling;
mod paying;
mod paying_back;
mod placing;
mod polling;
mod quotas;
mod read_models;
mod recording;
mod redeeming;
mod refunding;
mod reminding;
mod reserving;
mod saga_model;
mod selling;
mod subscribing;
mod support;
mod voiding;
