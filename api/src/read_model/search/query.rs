//! Words of a query, and the query for similar words.

use tantivy::{
    Index, TantivyError, Term,
    query::{BooleanQuery, FuzzyTermQuery, Query},
};

use super::schema::{Fields, WORDS};

/// Words of a query that count; further ones are ignored.
const MOST_WORDS: usize = 8;
/// A shorter word is another word when a letter changes.
const SHORTEST_TYPO: usize = 4;
/// From this length on two letters may differ.
const LONG: usize = 8;

/// Returns the words of a text, as they are indexed.
pub(super) fn words(index: &Index, text: &str) -> Result<Vec<String>, TantivyError> {
    let missing = || TantivyError::SystemError(format!("there is no tokenizer {WORDS}"));
    let mut analyzer = index.tokenizers().get(WORDS).ok_or_else(missing)?;
    let mut stream = analyzer.token_stream(text);
    let mut words: Vec<String> = Vec::new();
    while let Some(token) = stream.next() {
        if words.len() < MOST_WORDS && !words.contains(&token.text) {
            words.push(token.text.clone());
        }
    }
    Ok(words)
}

/// Returns the query for products that have a similar word for each of `words`.
pub(super) fn similar(fields: &Fields, words: &[String]) -> BooleanQuery {
    let word = |word: &String| -> Box<dyn Query> {
        let typos = match word.chars().count() {
            0..SHORTEST_TYPO => 0,
            SHORTEST_TYPO..LONG => 1,
            _ => 2,
        };
        let fields = [
            fields.name,
            fields.tags,
            fields.category,
            fields.description,
        ];
        let similar = |field| -> Box<dyn Query> {
            let term = Term::from_field_text(field, word);
            Box::new(FuzzyTermQuery::new(term, typos, true))
        };
        Box::new(BooleanQuery::union(fields.map(similar).into()))
    };
    BooleanQuery::intersection(words.iter().map(word).collect())
}
