//! From words to queries.
//!
//! Every word must be found somewhere; the best place counts. So `red mug` finds what has both, and puts a
//! product with both in its name before one that only says so in its description.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tantivy::{
    Index, Score, TantivyError, Term,
    query::{
        BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Query, RegexQuery,
        TermQuery,
    },
    schema::{Field, IndexRecordOption},
};

use super::schema::{Fields, WORDS};

/// More words than people type; further ones are not looked at.
const MOST_WORDS: usize = 8;
/// Patterns that are kept, before all are forgotten.
const MOST_PATTERNS: usize = 1000;
/// What a word is worth where it is found.
const IN_NAME: Score = 32.0;
const IN_TAGS: Score = 16.0;
const IN_CATEGORY: Score = 16.0;
const WITHIN_NAME: Score = 8.0;
const IN_DESCRIPTION: Score = 4.0;
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

/// Patterns that were compiled before: that takes several times as long as looking for one.
#[derive(Default)]
pub(super) struct Patterns(Mutex<HashMap<String, RegexQuery>>);

impl Patterns {
    /// What has `word` within one of its parts.
    fn within(&self, fields: &Fields, word: &str) -> Result<RegexQuery, TantivyError> {
        if let Some(known) = self.lock().get(word) {
            return Ok(known.clone());
        }
        // A word is letters and digits: nothing in it means anything in a pattern.
        let query = RegexQuery::from_pattern(&format!(".*{word}.*"), fields.parts)?;
        let mut known = self.lock();
        if known.len() >= MOST_PATTERNS {
            known.clear();
        }
        known.insert(word.to_owned(), query.clone());
        Ok(query)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, RegexQuery>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every word as it is, or within a word of the name or the id.
pub(super) fn exact(
    fields: &Fields,
    patterns: &Patterns,
    words: &[String],
) -> Result<BooleanQuery, TantivyError> {
    let word = |word: &String| {
        let is = |field, score| worth(is_there(field, word), score);
        let places = vec![
            is(fields.name, IN_NAME),
            is(fields.tags, IN_TAGS),
            is(fields.category, IN_CATEGORY),
            is(fields.description, IN_DESCRIPTION),
            worth(patterns.within(fields, word)?, WITHIN_NAME),
        ];
        Ok(best(places))
    };
    let all: Result<Vec<_>, TantivyError> = words.iter().map(word).collect();
    Ok(BooleanQuery::intersection(all?))
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

fn is_there(field: Field, word: &str) -> TermQuery {
    TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::Basic)
}

fn worth(query: impl Query, score: Score) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), score))
}

fn best(places: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(DisjunctionMaxQuery::new(places))
}
