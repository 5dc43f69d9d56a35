//! Products that have all words, and their scores: word by word, from the postings.
//!
//! Composed queries of tantivy would walk several postings lists at once per product. Most words of a search are
//! common, so that adding up scores word by word is many times as fast.

use std::io;

use tantivy::{
    DocId, InvertedIndexReader, Searcher, SegmentReader, TantivyError,
    postings::TermInfo,
    schema::{Field, IndexRecordOption},
};

use super::{
    super::item::Match,
    schema::{Fields, NUMBER},
};

/// Scores of a word by place; the best place counts, and every word must be found. `red mug` finds products with both
/// words, and those with both in the name come first.
const IN_NAME: u8 = 32;
const IN_TAGS: u8 = 16;
const IN_CATEGORY: u8 = 16;
const WITHIN_NAME: u8 = 8;
const IN_DESCRIPTION: u8 = 4;
/// Sorts after every continuation of a word.
const LAST: char = char::MAX;

/// Returns the products that have every word: as a word of a text, or within a word of the name or id.
pub(super) fn find(
    searcher: &Searcher,
    fields: &Fields,
    words: &[String],
) -> Result<Vec<Match>, TantivyError> {
    let mut found = Vec::new();
    for segment in searcher.segment_readers() {
        let scores = words
            .iter()
            .map(|word| WordScores::of(segment, fields, word));
        let mut scores: Vec<WordScores> = scores.collect::<Result<_, _>>()?;
        scores.sort_unstable_by_key(|scores| scores.docs.len());
        let Some((rarest, others)) = scores.split_first() else {
            continue;
        };
        let numbers = segment.fast_fields().u64(NUMBER)?;
        for doc in rarest
            .docs
            .iter()
            .copied()
            .filter(|doc| !segment.is_deleted(*doc))
        {
            let mut score = u32::from(rarest.at(doc));
            let has_all = others.iter().all(|other| {
                score += u32::from(other.at(doc));
                other.at(doc) > 0
            });
            if let Some(number) = numbers.first(doc).filter(|_| has_all) {
                found.push((number, score));
            }
        }
    }
    Ok(found)
}

/// The scores of a segment's products for one word.
struct WordScores {
    by_doc: Vec<u8>,
    /// Products with a score above 0.
    docs: Vec<DocId>,
}

impl WordScores {
    fn of(segment: &SegmentReader, fields: &Fields, word: &str) -> Result<Self, TantivyError> {
        let mut scores = Self {
            by_doc: vec![0; segment.max_doc() as usize],
            docs: Vec::new(),
        };
        for (field, points) in [
            (fields.name, IN_NAME),
            (fields.tags, IN_TAGS),
            (fields.category, IN_CATEGORY),
            (fields.description, IN_DESCRIPTION),
        ] {
            scores.add_word(segment, field, word, points)?;
        }
        scores.add_beginnings(segment, fields.parts, word)?;
        Ok(scores)
    }

    fn add_word(
        &mut self,
        segment: &SegmentReader,
        field: Field,
        word: &str,
        points: u8,
    ) -> Result<(), TantivyError> {
        let index = segment.inverted_index(field)?;
        if let Some(term) = index.terms().get(word)? {
            self.add(&index, &term, points)?;
        }
        Ok(())
    }

    /// Adds products with a part that begins with the word: they have the word within a word.
    fn add_beginnings(
        &mut self,
        segment: &SegmentReader,
        parts: Field,
        word: &str,
    ) -> Result<(), TantivyError> {
        let index = segment.inverted_index(parts)?;
        let range = index.terms().range().ge(word).lt(format!("{word}{LAST}"));
        let mut terms = range.into_stream()?;
        while terms.advance() {
            self.add(&index, terms.value(), WITHIN_NAME)?;
        }
        Ok(())
    }

    fn add(&mut self, index: &InvertedIndexReader, term: &TermInfo, points: u8) -> io::Result<()> {
        let option = IndexRecordOption::Basic;
        let mut postings = index.read_block_postings_from_terminfo(term, option)?;
        while !postings.docs().is_empty() {
            for doc in postings.docs() {
                let best = &mut self.by_doc[*doc as usize];
                if *best == 0 {
                    self.docs.push(*doc);
                }
                *best = points.max(*best);
            }
            postings.advance();
        }
        Ok(())
    }

    fn at(&self, doc: DocId) -> u8 {
        self.by_doc[doc as usize]
    }
}
