//! The indexed fields of a product, and the definition of a word.

use std::collections::BTreeSet;

use contracts::Product;
use tantivy::{
    TantivyDocument,
    schema::{FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{AsciiFoldingFilter, LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer},
};

/// The name of the analyzer.
pub(super) const WORDS: &str = "words";
/// Tantivy's name of the analyzer that takes a text as one word.
const WHOLE: &str = "raw";
/// Longer words are not indexed.
const LONGEST_WORD: usize = 64;

/// The fields of a document.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) id: Field,
    number: Field,
    /// Every suffix of the words of id and name: a prefix of a suffix is a substring.
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
    // Neither frequencies nor positions: scores depend on the field only.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(WORDS)
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let whole = indexing.clone().set_tokenizer(WHOLE);
    let parts = TextOptions::default().set_indexing_options(whole);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        number: schema.add_u64_field(NUMBER, FAST),
        parts: schema.add_text_field("parts", parts),
        name: schema.add_text_field("name", text.clone()),
        description: schema.add_text_field("description", text.clone()),
        category: schema.add_text_field("category", text.clone()),
        tags: schema.add_text_field("tags", text),
    };
    (schema.build(), fields)
}

/// Returns the analyzer of texts and queries: letters and digits in lower case, without accents.
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
        self.add_parts(&mut document, product);
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

    fn add_parts(&self, document: &mut TantivyDocument, product: &Product) {
        let (mut words, mut parts) = (words(), BTreeSet::new());
        for text in [product.id.as_str(), &product.name] {
            let mut stream = words.token_stream(text);
            while let Some(token) = stream.next() {
                let beginnings = token.text.char_indices();
                parts.extend(beginnings.map(|(at, _)| token.text[at..].to_owned()));
            }
        }
        for part in &parts {
            document.add_text(self.parts, part);
        }
    }
}
