//! A product as the read model keeps it, with its JSON prepared.

use std::{
    io::Write as _,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use contracts::ProductId;
use sha2::{Digest, Sha256};
use store::{EntryId, catalog::VersionedProduct};

/// Bytes of a digest that distinguish the texts of a product.
const MARK: usize = 16;

/// Maximum length of the JSON that is not prepared: member names, a flag and a number.
const LONGEST_REST: usize = 64;

/// A search result: the number of a product, and its score.
pub(crate) type Match = (u64, u32);

/// A product to index, or the id of a removed one.
pub(crate) type ProductText = (ProductId, Option<Arc<Item>>);

/// Returns a number that no product of this process has had.
pub(super) fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A product in one version. Only its available units change.
///
/// The members that a list compares lie here and in the JSON, which it sends anyway: little of a large catalogue is in
/// the processor's caches, and following a pointer costs more than the comparison.
pub(crate) struct Item {
    /// The number by which indexes know the product while it is in the catalogue; never reused.
    pub(crate) number: u64,
    available: AtomicI64,
    /// Minor units.
    pub(super) price: i64,
    pub(super) version: EntryId,
    pub(super) on_sale: bool,
    mark: [u8; MARK],
    /// Its JSON without the closing brace.
    json: Box<str>,
    /// The place of its id in the JSON.
    id: Range<usize>,
    /// The name in lower case, as lists sort it.
    pub(super) folded_name: Box<str>,
    pub(crate) stored: Arc<VersionedProduct>,
}

impl Item {
    pub(crate) fn new(stored: Arc<VersionedProduct>, number: u64, available: i64) -> Self {
        let product = &stored.product;
        let mut json = serde_json::to_string(product).unwrap_or_default();
        json.pop();
        let mut mark = Sha256::new();
        mark.update(&json);
        mark.update(stored.version.to_string());
        let mark = mark.finalize();
        // Ids need no escaping in JSON.
        let id = product.id.as_str();
        let at = json.find(id).unwrap_or(0);
        Self {
            number,
            available: AtomicI64::new(available),
            price: product.price.amount,
            version: stored.version,
            on_sale: product.on_sale,
            mark: std::array::from_fn(|n| mark[n]),
            id: at..at + id.len(),
            json: json.into_boxed_str(),
            folded_name: product.name.to_lowercase().into_boxed_str(),
            stored,
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.json[self.id.clone()]
    }

    /// Returns the units that can be reserved; 0 while the shelf is unknown.
    pub(super) fn available(&self) -> i64 {
        self.available.load(Ordering::Relaxed)
    }

    /// Sets the available units. Only for holders of the model's write lock: an index depends on the number.
    pub(super) fn set_available(&self, units: i64) {
        self.available.store(units, Ordering::Relaxed);
    }
}

/// A product, and its available units when it was read.
#[derive(Clone)]
pub(crate) struct Shown {
    item: Arc<Item>,
    pub(crate) available: i64,
}

impl Shown {
    pub(super) fn of(item: &Arc<Item>) -> Self {
        Self {
            available: item.available(),
            item: Arc::clone(item),
        }
    }

    pub(crate) fn stored(&self) -> &Arc<VersionedProduct> {
        &self.item.stored
    }

    /// Returns the maximum length of its JSON in bytes.
    pub(crate) fn json_len(&self) -> usize {
        self.item.json.len() + LONGEST_REST
    }

    /// Appends its JSON: the product's, and its availability.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.item.json.as_bytes());
        let (available, in_stock) = (self.available, self.available > 0);
        // Writing to a vector cannot fail.
        let _ = write!(out, ",\"available\":{available},\"inStock\":{in_stock}}}");
    }

    /// Adds to a digest what distinguishes this JSON from every other.
    pub(crate) fn digest(&self, digest: &mut Sha256) {
        digest.update(self.item.mark);
        digest.update(self.available.to_le_bytes());
    }
}
