//! Finding products by words: an index in memory over what the read model knows of their texts.
//!
//! The index answers which products match, and how well; filters, order and pages are the read model's
//! ([`crate::read_model::catalog`]), so that prices and stock in an answer are never older than the model. Only the
//! texts lag, by the time a commit takes.
//!
//! How well a product matches is a sum of whole numbers that follow from its own texts alone. Two processes
//! with the same catalogue therefore answer in the same order, and a cursor of one is good for the other.

mod collect;
mod exact;
mod query;
mod schema;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::ProductId;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyError, Term};

use self::{collect::Slots, schema::Fields};
use crate::read_model::catalog::Item;

/// What the writer may keep before it must make a segment of it: the least that it accepts.
const ARENA: usize = 15_000_000;

/// What the index made of a query: a product's number, and how well it matches.
pub(crate) type Match = (u64, u32);

/// A product to be indexed, or the id of one that is gone.
pub(crate) type Text = (ProductId, Option<Arc<Item>>);

/// The index of one process.
pub(crate) struct Index {
    index: tantivy::Index,
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
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
        })
    }

    /// Takes over texts, and shows them to every search from then on. It blocks for as long as a commit
    /// takes.
    pub(crate) fn write(&self, texts: &[Text]) -> Result<(), TantivyError> {
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

    /// The products that have all words of `text`: as they are, or within their names and ids. When there
    /// is none, those with words that are spelled nearly so.
    pub(crate) fn find(&self, text: &str) -> Result<Vec<Match>, TantivyError> {
        let words = query::words(&self.index, text)?;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let mut found = exact::find(&searcher, &self.fields, &words)?;
        if found.is_empty() {
            found = searcher.search(&query::nearly(&self.fields, &words), &Slots)?;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
