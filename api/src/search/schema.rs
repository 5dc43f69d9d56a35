//! What of a product is indexed, and what counts as a word.

use contracts::Product;
use tantivy::{
    TantivyDocument,
    schema::{FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{AsciiFoldingFilter, LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer},
};

/// The name of the analyzer.
pub(super) const WORDS: &str = "words";
/// Longer words are nobody's.
const LONGEST_WORD: usize = 64;

/// The fields of a document.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) id: Field,
    number: Field,
    /// The words of the id and of the name, to be found in parts.
    pub(super) parts: Field,
    pub(super) name: Field,
    pub(super) description: Field,
    pub(super) category: Field,
    pub(super) tags: Field,
}

/// The number of the product, as documents carry it.
pub(super) const NUMBER: &str = "number";

pub(super) fn build() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // Neither frequencies nor positions: what matters is whether a word is there, and where.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(WORDS)
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        number: schema.add_u64_field(NUMBER, FAST),
        parts: schema.add_text_field("parts", text.clone()),
        name: schema.add_text_field("name", text.clone()),
        description: schema.add_text_field("description", text.clone()),
        category: schema.add_text_field("category", text.clone()),
        tags: schema.add_text_field("tags", text),
    };
    (schema.build(), fields)
}

/// Letters and digits in lower case, without accents: the same for texts and for queries.
pub(super) fn words() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST_WORD))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

impl Fields {
    pub(super) fn document(&self, product: &Product, number: u64) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_text(self.id, product.id.as_str());
        document.add_u64(self.number, number);
        document.add_text(self.parts, product.id.as_str());
        document.add_text(self.parts, &product.name);
        document.add_text(self.name, &product.name);
        document.add_text(self.description, &product.description);
        if let Some(category) = &product.category {
            document.add_text(self.category, category);
        }
        for tag in &product.tags {
            document.add_text(self.tags, tag);
        }
        document
    }
}
