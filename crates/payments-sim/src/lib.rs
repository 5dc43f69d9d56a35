//! A simulated payment provider that speaks the subset of Stripe's wire a shop needs.
//!
//! [`Simulator::open`] reads the journal, [`Simulator::serve`] answers HTTP and delivers signed
//! callbacks. What an outsider sees:
//!
//! | path | what |
//! | --- | --- |
//! | `/v1/payment_intents`, `/{id}`, `/{id}/confirm`, `/{id}/cancel` | take a payment |
//! | `/v1/charges`, `/v1/charges/{id}` | every attempt to take one |
//! | `/v1/refunds`, `/v1/refunds/{id}` | give it back, in whole or in part |
//! | `/v1/checkout/sessions`, `/{id}`, `/{id}/expire` | an intent with a page to pay it on |
//! | `/v1/events`, `/v1/events/{id}` | what was, or should have been, called back |
//! | `/pay/{intent}` | the page a person pays on |
//! | `/sim/faults`, `/sim/ledger` | misbehave on purpose; the totals to audit against |
//!
//! Every list takes `limit`, `starting_after` and `ending_before`. `expand[]` puts an object in the place of
//! its id, one level deep: `latest_charge`, `payment_intent`, `charge`, with `data.` before it in lists; any
//! other is a 400.
//!
//! `/v1` wants the secret key. `/pay` is for a browser and knows the intent by its unguessable id.
//! `/sim` has no authentication at all: serve it on loopback only.
//!
//! # Test methods
//!
//! | method | what happens |
//! | --- | --- |
//! | `pm_card_visa` | succeeds at once |
//! | `pm_card_declined`, `pm_card_chargeDeclined` | 402 `card_declined`; the intent can be tried again |
//! | `pm_card_slow` | `processing`, succeeds after [`Settings::slow_charge`]; cannot be cancelled meanwhile |
//! | `pm_card_timeout` | no answer for 60 s, then 504; the intent stays `processing` for ever |
//!
//! # What holds
//!
//! **Invariant:** whatever was answered or called back is in the journal first, so killing the
//! process loses none of it. The journal is handed to the operating system, not forced to disk: a
//! power cut may lose the last moments.
//!
//! **Invariant:** a request changes everything it changes in one journal line, its idempotency key
//! included. After a crash either all of it happened or none.
//!
//! An event and a kept answer hold the status of their time; an intent's amount, metadata and description
//! are always those of now.
//!
//! Callbacks are delivered at least once. Attempts start in order of creation, and run side by
//! side, so a receiver may still see them out of order.

mod book;
mod callbacks;
mod clock;
mod core;
mod desk;
mod faults;
mod http;
mod ids;
mod in_process;
mod journal;
mod ledger;
mod settings;
mod signature;
mod simulator;
mod timekeeper;
mod wire;

pub use book::IntentStatus;
pub use faults::{Delay, FaultError, Faults};
pub use in_process::{ChargeError, ChargeOutcome, ChargeRequest, EventNotice};
pub use ledger::Ledger;
pub use settings::{OpenError, Settings};
pub use signature::sign;
pub use simulator::Simulator;
