//! Test harnesses for handlers and consumers that need no waiting.
//!
//! - [`HandlerHarness`] runs a handler through the consumer's whole policy - outcomes, pauses, attempts,
//!   crashes, quarantine - without a server. Under paused time (`#[tokio::test(start_paused = true)]`)
//!   an hour of backoff takes no time.
//! - [`ConsumerHarness`] runs one pass of a role at a time against a private server; the test decides
//!   the order of the passes.
//!
//! ```
//! use streamward::{Cause, Consumer, Delivery, Handler, Message, Outcome};
//! use streamward::testing::{FinalOutcome, HandlerHarness};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Ping(u32);
//!
//! impl Message for Ping {
//!     const KIND: &'static str = "Ping";
//! }
//!
//! struct Flaky;
//!
//! impl Handler for Flaky {
//!     type Message = Ping;
//!     async fn handle(&self, _: Ping, delivery: &Delivery) -> Outcome {
//!         match delivery.attempts {
//!             0 => Outcome::retry(Cause::new("the line is busy")),
//!             _ => Outcome::Done,
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let report = HandlerHarness::of(&Consumer::new("pinger", Flaky)).deliver("key", &Ping(1)).await;
//! assert_eq!(report.end, FinalOutcome::Done);
//! assert_eq!(report.steps.len(), 2);
//! # }
//! ```

mod consumer_harness;
mod handler_harness;

pub use consumer_harness::{ConsumerHarness, PassReport};
pub use handler_harness::{FinalOutcome, HandlerHarness, HarnessReport, Step, StepOutcome};
