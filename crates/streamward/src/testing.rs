//! A test kit for handlers and consumers, without waiting for anything.
//!
//! - [`Rehearsal`] runs a handler through the consumer's whole policy - outcomes, pauses, attempts,
//!   crashes, quarantine - without a server. Under paused time (`#[tokio::test(start_paused = true)]`)
//!   an hour of backoff takes no time.
//! - [`Steps`] runs each role of a consumer once, when the test says so, against a private server:
//!   what lies between two steps is up to the test.
//!
//! ```
//! use streamward::{Cause, Consumer, Delivery, Handler, Message, Outcome};
//! use streamward::testing::{Ending, Rehearsal};
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
//! let story = Rehearsal::of(&Consumer::new("pinger", Flaky)).deliver("key", &Ping(1)).await;
//! assert_eq!(story.ending, Ending::Done);
//! assert_eq!(story.scenes.len(), 2);
//! # }
//! ```

mod rehearsal;
mod steps;

pub use rehearsal::{Ending, Happening, Rehearsal, Scene, Story};
pub use steps::{Stepped, Steps};
