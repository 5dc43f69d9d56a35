//! Available units of a product by partition.

use store::read_model::Shelf;

/// The shelves of a product, one per partition.
#[derive(Default)]
pub(super) struct Counts {
    counts: Vec<Count>,
    is_whole: bool,
}

/// The available units of one shelf, and their revision.
#[derive(Clone, Copy, Default)]
struct Count {
    available: i64,
    revision: u64,
}

impl Counts {
    /// Updates a shelf, unless a newer update is known.
    pub(super) fn count(&mut self, shelf: &Shelf) {
        if self.counts.len() <= shelf.partition {
            // Most shops have one partition: spare capacity would weigh more than the count.
            let missing = shelf.partition + 1 - self.counts.len();
            self.counts.reserve_exact(missing);
            self.counts.resize(shelf.partition + 1, Count::default());
        }
        let count = &mut self.counts[shelf.partition];
        if count.revision <= shelf.revision {
            *count = Count {
                available: shelf.available,
                revision: shelf.revision,
            };
        }
    }

    /// Marks all shelves as read: a missing shelf is empty.
    pub(super) fn complete(&mut self) {
        self.is_whole = true;
    }

    /// Returns whether all shelves have been read. Updates of single shelves may precede that.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns the sum of the known shelves.
    pub(super) fn available(&self) -> i64 {
        self.counts.iter().map(|count| count.available).sum()
    }
}
