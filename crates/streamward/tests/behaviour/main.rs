//! One file per behaviour; one binary, so that they are linked once.

#![expect(
    clippy::panic,
    reason = "a test panics to fail, or to see the panic handled"
)]

mod books;
mod bounds;
mod crashes;
mod dead_letters;
mod diary;
mod drain;
mod handing_over;
mod healing;
mod inspection;
mod outcomes;
mod partitions;
mod refusals;
mod restarts;
mod retention;
mod retries;
mod scripts;
mod support;
mod timers;
