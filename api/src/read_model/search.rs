//! Full-text search over the products: an index in memory, by tantivy.
//!
//! The index returns the products that match and a score each. Filters, order and pages are the catalogue's
//! ([`super::catalog`]), so that prices and stock in an answer are never older than the read model. Only texts lag, by
//! the time of a commit.
//!
//! Scores are sums of whole numbers that follow from the product's own texts alone. Two processes with the same
//! catalogue therefore return the same order, and a cursor of one is valid for the other.

mod exact;
mod query;
mod schema;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tantivy::{
    IndexReader, IndexWriter, ReloadPolicy, TantivyError, Term, collector::DocSetCollector,
};

use self::schema::{Fields, NUMBER};
use super::item::{Match, ProductText};

/// Memory of the writer before it makes a segment: the least that tantivy accepts.
const WRITER_MEMORY: usize = 15_000_000;

/// The index of one process.
pub(crate) struct Index {
    index: tantivy::Index,
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
}

impl Index {
    /// Creates an empty index.
    pub(crate) fn new() -> Result<Self, TantivyError> {
        let (schema, fields) = schema::build();
        let index = tantivy::Index::create_in_ram(schema);
        index.tokenizers().register(schema::WORDS, schema::words());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let writer = Mutex::new(index.writer_with_num_threads(1, WRITER_MEMORY)?);
        Ok(Self {
            index,
            fields,
            reader,
            writer,
        })
    }

    /// Indexes texts; later searches find them. Blocks for the time of a commit.
    pub(crate) fn write(&self, texts: &[ProductText]) -> Result<(), TantivyError> {
        let mut writer = self.writer();
        for (id, text) in texts {
            writer.delete_term(Term::from_field_text(self.fields.id, id.as_str()));
            if let Some(item) = text {
                let document = self.fields.document(&item.stored.product, item.number);
                writer.add_document(document)?;
            }
        }
        writer.commit()?;
        self.reader.reload()
    }

    fn writer(&self) -> MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the products that have all words of `text`, as whole words or within their names and ids; without such
    /// a product, those with similar words.
    pub(crate) fn find(&self, text: &str) -> Result<Vec<Match>, TantivyError> {
        let words = query::words(&self.index, text)?;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let mut found = exact::find(&searcher, &self.fields, &words)?;
        if found.is_empty() {
            // Every similar word is worth 1, so that all matches have the same score.
            let score = u32::try_from(words.len()).unwrap_or(u32::MAX);
            let similar = query::similar(&self.fields, &words);
            for address in searcher.search(&similar, &DocSetCollector)? {
                let segment = searcher.segment_reader(address.segment_ord);
                let numbers = segment.fast_fields().u64(NUMBER)?;
                found.extend(numbers.first(address.doc_id).map(|number| (number, score)));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
