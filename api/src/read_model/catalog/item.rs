//! A product as the read model keeps it, with whatever readers need of it worked out beforehand.

use std::{
    io::Write as _,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use sha2::{Digest, Sha256};
use store::{EntryId, catalog::VersionedProduct};

/// Bytes of a digest that tell one text of a product from another.
const MARK: usize = 16;

/// What of its JSON is not made beforehand: the members' names, a flag, and a number.
const LONGEST_REST: usize = 64;

/// A number that no product of this process has had.
pub(super) fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A product in one version. Only what is available of it ever changes.
///
/// What a list looks at lies here and in the JSON, which it sends anyway: of a large catalogue little is in the
/// processor's caches, and following a pointer costs more than comparing what is behind it.
pub(crate) struct Item {
    /// What an index knows the product by, as long as it is in the catalogue; no other one ever has it.
    pub(crate) number: u64,
    available: AtomicI64,
    /// Minor units.
    pub(super) price: i64,
    pub(super) version: EntryId,
    pub(super) on_sale: bool,
    mark: [u8; MARK],
    /// Its JSON, without the brace that ends it.
    json: Box<str>,
    /// Where in the JSON its id is.
    id: Range<usize>,
    /// The name as it is ordered by: whatever its case.
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
        // Ids stand in JSON as they are.
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

    /// Units that can be reserved; 0 while its shelf is unknown.
    pub(super) fn available(&self) -> i64 {
        self.available.load(Ordering::Relaxed)
    }

    /// Only whoever may change the model may call it: an index goes by this number.
    pub(super) fn set_available(&self, units: i64) {
        self.available.store(units, Ordering::Relaxed);
    }
}

/// A product, and how many units of it could be reserved when it was looked at.
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

    /// How many bytes its JSON has at most.
    pub(crate) fn json_len(&self) -> usize {
        self.item.json.len() + LONGEST_REST
    }

    /// Appends its JSON: the product's, and how many of it can be ordered now.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.item.json.as_bytes());
        out.extend_from_slice(b",\"available\":");
        // A vector takes whatever it is given.
        let _ = write!(out, "{}", self.available);
        out.extend_from_slice(if self.available > 0 {
            b",\"inStock\":true}"
        } else {
            b",\"inStock\":false}"
        });
    }

    /// Adds to a digest what tells this text from every other.
    pub(crate) fn digest(&self, digest: &mut Sha256) {
        digest.update(self.item.mark);
        digest.update(self.available.to_le_bytes());
    }
}
