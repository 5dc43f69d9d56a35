//! Events leave for merchants who take them, refuse them, hang, or are where nobody may go.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod answers;
mod counter;
mod guarded;
mod orders;
mod signed;
mod waiting;
