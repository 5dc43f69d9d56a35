//! Routes for operators: supervision tree, streams and dead letters.

pub(crate) mod dead_letters;
pub(crate) mod streams;
pub(crate) mod tree;
