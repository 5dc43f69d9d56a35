//! How many units of one product can be reserved, by partition.

use store::{EntryId, read_model::Shelf};

/// The shelves of a product, in every partition.
#[derive(Default)]
pub(super) struct Counts {
    counts: Vec<Count>,
    is_whole: bool,
}

/// What is on one shelf, and the entry that says so.
#[derive(Clone, Copy, Default)]
struct Count {
    available: i64,
    as_of: EntryId,
}

impl Counts {
    /// Notes what is on a shelf, unless something newer is known of it.
    pub(super) fn count(&mut self, shelf: &Shelf) {
        if self.counts.len() <= shelf.partition {
            // Most shops have one partition, and room for three more would weigh more than the count.
            let missing = shelf.partition + 1 - self.counts.len();
            self.counts.reserve_exact(missing);
            self.counts.resize(shelf.partition + 1, Count::default());
        }
        let count = &mut self.counts[shelf.partition];
        if count.as_of <= shelf.as_of {
            *count = Count {
                available: shelf.available,
                as_of: shelf.as_of,
            };
        }
    }

    /// Says that all shelves were read: what is not counted is not there.
    pub(super) fn complete(&mut self) {
        self.is_whole = true;
    }

    /// Whether all shelves were read. Single ones may be heard of before that.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The sum over all partitions, as far as it is known.
    pub(super) fn available(&self) -> i64 {
        self.counts.iter().map(|count| count.available).sum()
    }
}
