//! A simulated payment provider with the subset of Stripe's API that a shop needs.
//!
//! [`Simulator::open`] replays the journal, [`Simulator::serve`] serves HTTP and delivers signed
//! callbacks:
//!
//! | path | purpose |
//! | --- | --- |
//! | `/v1/payment_intents`, `/{id}`, `/{id}/confirm`, `/{id}/cancel` | payments |
//! | `/v1/charges`, `/v1/charges/{id}` | payment attempts |
//! | `/v1/refunds`, `/v1/refunds/{id}` | full and partial refunds |
//! | `/v1/checkout/sessions`, `/{id}`, `/{id}/expire` | intents with a pay page |
//! | `/v1/events`, `/v1/events/{id}` | events of callbacks |
//! | `/pay/{intent}` | the pay page for browsers |
//! | `/sim/faults`, `/sim/ledger` | fault settings; totals for the audit |
//!
//! Lists accept `limit`, `starting_after` and `ending_before`. `expand[]` replaces an id by its object,
//! one level deep: `latest_charge`, `payment_intent`, `charge`, with `data.` before it in lists; any
//! other property is a 400.
//!
//! `/v1` requires the secret key. `/pay` is for browsers and uses the unguessable id of the intent.
//! `/sim` has no authentication: serve it on loopback only.
//!
//! # Test methods
//!
//! | method | effect |
//! | --- | --- |
//! | `pm_card_visa` | succeeds immediately |
//! | `pm_card_declined`, `pm_card_chargeDeclined` | 402 `card_declined`; the intent can be confirmed again |
//! | `pm_card_slow` | `processing`, succeeds after [`Settings::slow_charge`]; cannot be cancelled meanwhile |
//! | `pm_card_timeout` | no response for 60 s, then 504; the intent stays `processing` forever |
//!
//! # Guarantees
//!
//! **Invariant:** every response and callback is in the journal before it is sent, so killing the
//! process loses none of it. The journal is written to the operating system without fsync: a power
//! failure may lose the last moments.
//!
//! **Invariant:** all changes of a request, its idempotency key included, are one journal line. After
//! a crash all of them are present or none.
//!
//! Events and kept replies have the status of their time; amount, metadata and description of an
//! intent are always current.
//!
//! Callbacks are at-least-once. Attempts start in order of creation and run concurrently, so they may
//! arrive out of order.

mod callbacks;
mod clock;
mod commands;
mod engine;
mod faults;
mod http;
mod ids;
mod in_process;
mod journal;
mod ledger;
mod settings;
mod signature;
mod simulator;
mod slow_charges;
mod state;
mod wire;

pub use faults::{Delay, FaultError, Faults};
pub use in_process::{ChargeError, ChargeOutcome, ChargeRequest, EventNotice};
pub use ledger::Ledger;
pub use settings::{OpenError, Settings};
pub use signature::sign;
pub use simulator::Simulator;
pub use state::IntentStatus;
