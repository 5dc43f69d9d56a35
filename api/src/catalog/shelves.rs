//! How many units can be reserved, by product.

use std::collections::HashMap;

use contracts::ProductId;
use store::{EntryId, read_model::Shelf};

/// The shelves of all products, in every partition.
#[derive(Default)]
pub(super) struct Shelves(HashMap<ProductId, Vec<Count>>);

/// What is on one shelf, and the entry that says so.
#[derive(Clone, Copy, Default)]
struct Count {
    available: i64,
    as_of: EntryId,
}

impl Shelves {
    /// Notes what is on a shelf, unless something newer is known of it.
    pub(super) fn count(&mut self, shelf: Shelf) {
        let counts = self.0.entry(shelf.product).or_default();
        if counts.len() <= shelf.partition {
            counts.resize(shelf.partition + 1, Count::default());
        }
        let count = &mut counts[shelf.partition];
        if count.as_of <= shelf.as_of {
            *count = Count {
                available: shelf.available,
                as_of: shelf.as_of,
            };
        }
    }

    /// The sum over all partitions; `None` when nothing is known of the product.
    pub(super) fn available(&self, product: &ProductId) -> Option<i64> {
        let counts = self.0.get(product)?;
        Some(counts.iter().map(|count| count.available).sum())
    }
}
