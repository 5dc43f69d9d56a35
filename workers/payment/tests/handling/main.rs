//! The payment handler beside a provider that does as it is told: one behaviour per file.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod asking_the_provider;
mod bounded_charges;
mod desk;
mod ended_before_opening;
