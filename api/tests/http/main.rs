//! The API over a real redis-server, one behaviour per file.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod accounts;
mod api_keys;
mod bad_envelopes;
mod bad_orders;
mod cancelling;
mod catalog;
mod connections;
mod cookies;
mod counters;
mod coupon_terms;
mod coupons;
mod dead_letters;
mod description;
mod etags;
mod following;
mod forgotten_passwords;
mod gateway;
mod guessing;
mod high_water;
mod hoarding;
mod idempotent_orders;
mod idempotent_requests;
mod limits;
mod listening;
mod machinery;
mod many_dead_letters;
mod matrix;
mod order_life;
mod outages;
mod passwords;
mod paying;
mod paying_back;
mod prices;
mod problems;
mod readiness;
mod reading_orders;
mod roles;
mod round_trips;
mod searching;
mod serving;
mod sessions;
mod signed_requests;
mod sold_out;
mod status_pages;
mod stock;
mod storefront;
mod support;
mod webhook;
mod webhooks;
