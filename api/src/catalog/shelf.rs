//! How many units of one product can be reserved, by partition.

use store::{EntryId, read_model::Shelf};

/// The shelves of a product, in every partition.
#[derive(Default)]
pub(super) struct Counts(Vec<Count>);

/// What is on one shelf, and the entry that says so.
#[derive(Clone, Copy, Default)]
struct Count {
    available: i64,
    as_of: EntryId,
}

impl Counts {
    /// Notes what is on a shelf, unless something newer is known of it.
    pub(super) fn count(&mut self, shelf: &Shelf) {
        if self.0.len() <= shelf.partition {
            // Most shops have one partition, and room for three more would weigh more than the count.
            self.0.reserve_exact(shelf.partition + 1 - self.0.len());
            self.0.resize(shelf.partition + 1, Count::default());
        }
        let count = &mut self.0[shelf.partition];
        if count.as_of <= shelf.as_of {
            *count = Count {
                available: shelf.available,
                as_of: shelf.as_of,
            };
        }
    }

    /// The sum over all partitions; `None` when nothing is known of the product.
    pub(super) fn available(&self) -> Option<i64> {
        if self.0.is_empty() {
            return None;
        }
        Some(self.0.iter().map(|count| count.available).sum())
    }
}
