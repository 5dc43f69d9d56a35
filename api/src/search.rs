//! Finding products by words: an index in memory over what the read model knows of their texts.
//!
//! The index answers which products match, and how well; filters, order and pages are the read model's
//! ([`crate::catalog`]), so that prices and stock in an answer are never older than the model. Only the
//! texts lag, by the time a commit takes.
//!
//! How well a product matches is a sum of whole numbers that follow from its own texts alone. Two processes
//! with the same catalogue therefore answer in the same order, and a cursor of one is good for the other.

mod collect;
mod query;
mod schema;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use contracts::{Product, ProductId};
use store::catalog::Stored;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

use self::{collect::Slots, query::Patterns, schema::Fields};

/// What the writer may keep before it must make a segment of it: the least that it accepts.
const ARENA: usize = 15_000_000;

/// What the index made of a query: a product, and how well it matches.
pub(crate) type Match = (ProductId, u32);

/// A product to be indexed, or the id of one that is gone.
pub(crate) type Text = (ProductId, Option<Arc<Stored>>);

/// The index of one process.
pub(crate) struct Index {
    index: tantivy::Index,
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    known: RwLock<Known>,
    patterns: Patterns,
}

/// The products of the index by number: documents carry the number, which is quick to read.
#[derive(Default)]
struct Known {
    ids: Vec<ProductId>,
    numbers: HashMap<ProductId, u64>,
}

impl Known {
    fn number(&mut self, id: &ProductId) -> u64 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = self.ids.len() as u64;
        self.ids.push(id.clone());
        self.numbers.insert(id.clone(), number);
        number
    }

    fn id(&self, number: u64) -> Option<&ProductId> {
        self.ids.get(usize::try_from(number).ok()?)
    }
}

impl Index {
    /// An empty index.
    pub(crate) fn new() -> Result<Self, TantivyError> {
        let (schema, fields) = schema::build();
        let index = tantivy::Index::create_in_ram(schema);
        index.tokenizers().register(schema::WORDS, schema::words());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let writer = Mutex::new(index.writer_with_num_threads(1, ARENA)?);
        Ok(Self {
            index,
            fields,
            reader,
            writer,
            known: RwLock::default(),
            patterns: Patterns::default(),
        })
    }

    /// Takes over texts, and shows them to every search from then on. It blocks for as long as a commit
    /// takes.
    pub(crate) fn write(&self, texts: &[Text]) -> Result<(), TantivyError> {
        let mut writer = self.writer();
        for (id, text) in texts {
            writer.delete_term(Term::from_field_text(self.fields.id, id.as_str()));
            if let Some(stored) = text {
                writer.add_document(self.document(&stored.product))?;
            }
        }
        writer.commit()?;
        self.reader.reload()
    }

    fn document(&self, product: &Product) -> TantivyDocument {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.fields.document(product, known.number(&product.id))
    }

    fn writer(&self) -> MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The products that have all words of `text`: as they are, or within their names and ids. When there
    /// is none, those with words that are spelled nearly so.
    pub(crate) fn find(&self, text: &str) -> Result<Vec<Match>, TantivyError> {
        let words = query::words(&self.index, text)?;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let mut found =
            searcher.search(&query::exact(&self.fields, &self.patterns, &words)?, &Slots)?;
        if found.is_empty() {
            found = searcher.search(&query::nearly(&self.fields, &words), &Slots)?;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let named = |(number, score)| Some((known.id(number)?.clone(), score));
        Ok(found.into_iter().filter_map(named).collect())
    }
}

#[cfg(test)]
mod tests;
