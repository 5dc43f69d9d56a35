//! From words to what may have been meant by them.

use tantivy::{
    Index, Score, TantivyError, Term,
    query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Query},
};

use super::schema::{Fields, WORDS};

/// More words than people type; further ones are not looked at.
const MOST_WORDS: usize = 8;
/// What a word is worth that is spelled nearly so.
const NEARLY: Score = 1.0;
/// A shorter word is another word when a letter changes.
const SHORTEST_TYPO: usize = 4;
/// From here on two letters may be wrong.
const LONG: usize = 8;

/// The words of a text, as they are indexed.
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

/// Every word as it may have been meant.
pub(super) fn nearly(fields: &Fields, words: &[String]) -> BooleanQuery {
    let word = |word: &String| {
        let letters = word.chars().count();
        let wrong = match letters {
            0..SHORTEST_TYPO => 0,
            SHORTEST_TYPO..LONG => 1,
            _ => 2,
        };
        let places = [
            fields.name,
            fields.tags,
            fields.category,
            fields.description,
        ];
        let near = |field| {
            let term = Term::from_field_text(field, word);
            worth(FuzzyTermQuery::new(term, wrong, true), NEARLY)
        };
        best(places.map(near).into())
    };
    BooleanQuery::intersection(words.iter().map(word).collect())
}

fn worth(query: impl Query, score: Score) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), score))
}

fn best(places: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(DisjunctionMaxQuery::new(places))
}
