//! Products in one sort order.

use std::sync::Arc;

use super::{
    super::item::Item,
    sort::{Key, Sort},
};

/// Maximum number of products in a chunk.
const LONGEST: usize = 512;

/// Products in one sort order, in chunks: inserting or removing one moves the products of its chunk only, and a product
/// costs a pointer. (Keys in a tree would weigh more than the products' texts.)
///
/// **Invariant:** no chunk is empty.
pub(super) struct Row {
    sort: Sort,
    chunks: Vec<Vec<Arc<Item>>>,
    len: usize,
}

impl Row {
    pub(super) const fn new(sort: Sort) -> Self {
        Self {
            sort,
            chunks: Vec::new(),
            len: 0,
        }
    }

    fn key<'a>(&self, item: &'a Item) -> Key<'a> {
        self.sort.key(item, 0)
    }

    /// Returns the chunk of a place: the last that does not begin after it.
    fn chunk_of(&self, key: &Key<'_>) -> usize {
        let before = |chunk: &Vec<Arc<Item>>| self.key(&chunk[0]) <= *key;
        self.chunks.partition_point(before).saturating_sub(1)
    }

    /// Inserts a product, unless it is there.
    pub(super) fn insert(&mut self, item: Arc<Item>) {
        let key = self.key(&item);
        // Insertion in order needs no search.
        let last = self.chunks.last().and_then(|chunk| chunk.last());
        let (mut at, mut place) = if last.is_none_or(|last| self.key(last) < key) {
            let at = self.chunks.len().saturating_sub(1);
            (at, self.chunks.get(at).map_or(0, Vec::len))
        } else {
            let at = self.chunk_of(&key);
            match self.chunks[at].binary_search_by(|one| self.key(one).cmp(&key)) {
                Ok(_) => return,
                Err(place) => (at, place),
            }
        };
        // The end of a full chunk is the start of the next.
        if place == LONGEST && at + 1 < self.chunks.len() {
            (at, place) = (at + 1, 0);
        }
        match self.chunks.get_mut(at) {
            None => self.chunks.push(Vec::new()),
            Some(chunk) if chunk.len() == LONGEST => {
                // Insertion in order leaves full chunks.
                let kept = if place == LONGEST {
                    LONGEST
                } else {
                    LONGEST / 2
                };
                let rest = chunk.split_off(kept);
                self.chunks.insert(at + 1, rest);
                if place > kept || place == LONGEST {
                    (at, place) = (at + 1, place - kept);
                }
            }
            Some(_) => {}
        }
        self.chunks[at].insert(place, item);
        self.len += 1;
    }

    /// Removes a product, in the state in which it was inserted.
    pub(super) fn remove(&mut self, item: &Item) {
        let key = self.key(item);
        let at = self.chunk_of(&key);
        let place = self.chunks.get(at).and_then(|chunk| {
            let place = chunk.binary_search_by(|one| self.key(one).cmp(&key));
            place.ok()
        });
        let Some(place) = place else { return };
        self.chunks[at].remove(place);
        self.len -= 1;
        if self.chunks[at].is_empty() {
            self.chunks.remove(at);
        } else {
            self.join(at);
            if let Some(before) = at.checked_sub(1) {
                self.join(before);
            }
        }
    }

    /// Joins a chunk and the next one when both are small.
    fn join(&mut self, at: usize) {
        let few = LONGEST / 2;
        if let Some([chunk, next]) = self.chunks.get(at..at + 2)
            && chunk.len() + next.len() <= few
        {
            let next = self.chunks.remove(at + 1);
            self.chunks[at].extend(next);
        }
    }

    /// Returns the products after a place, or all.
    pub(super) fn after(&self, key: Option<&Key<'_>>) -> impl Iterator<Item = &Arc<Item>> {
        let (at, place) = key.map_or((0, 0), |key| {
            let at = self.chunk_of(key);
            let chunk = self.chunks.get(at).map_or(&[][..], Vec::as_slice);
            (at, chunk.partition_point(|one| self.key(one) <= *key))
        });
        let chunks = self.chunks.get(at..).unwrap_or_default();
        let (first, rest) = chunks.split_at(1.min(chunks.len()));
        let first = first.iter().flat_map(move |chunk| &chunk[place..]);
        first.chain(rest.iter().flatten())
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Currency, Money, Product};
    use store::catalog::VersionedProduct;

    use super::*;

    fn item(n: u64) -> Arc<Item> {
        let id = format!("product-{n:05}").parse().unwrap();
        let price = Money::new(100, Currency::EUR);
        let product = Product::new(id, "Mug".to_owned(), price);
        let version = "1-0".parse().unwrap();
        Arc::new(Item::new(
            Arc::new(VersionedProduct { product, version }),
            n,
            1,
        ))
    }

    #[test]
    fn chunks_stay_few_wherever_products_are_inserted_and_removed() {
        let mut row = Row::new(Sort::Id);
        // Two full chunks, and what comes between them comes from behind.
        let around = (0..512).chain(2000..2512);
        let between = (600..1600).rev();
        for n in around.chain(between) {
            row.insert(item(n));
        }
        assert_eq!(row.len(), 2024);
        let most = row.len() / (LONGEST / 2) + 1;
        assert!(row.chunks.len() <= most, "{} chunks", row.chunks.len());
        let numbers: Vec<u64> = row.after(None).map(|item| item.number).collect();
        assert!(numbers.is_sorted());
        for n in numbers.iter().filter(|n| !n.is_multiple_of(100)) {
            row.remove(&item(*n));
        }
        let left: Vec<u64> = row.after(None).map(|item| item.number).collect();
        assert_eq!(left.len(), row.len());
        assert!(left.is_sorted() && left.iter().all(|n| n.is_multiple_of(100)));
        assert!(row.chunks.len() <= 2, "{} chunks", row.chunks.len());
    }
}
