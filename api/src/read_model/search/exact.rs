//! Which products have all words, and how much each is worth: word by word, straight from the postings.
//!
//! Whole queries of the library's would walk several lists at once for every word and product. Most words of a
//! search are common, so noting what each product is worth for one word after the other is many times as fast.

use std::io;

use tantivy::{
    DocId, InvertedIndexReader, Searcher, SegmentReader, TantivyError,
    postings::TermInfo,
    schema::{Field, IndexRecordOption},
};

use super::{
    Match,
    schema::{Fields, NUMBER},
};

/// What a word is worth where it is found. Every word must be found somewhere; the best place counts. So
/// `red mug` finds what has both, and puts a product with both in its name before one that only says so in its
/// description.
const IN_NAME: u8 = 32;
const IN_TAGS: u8 = 16;
const IN_CATEGORY: u8 = 16;
const WITHIN_NAME: u8 = 8;
const IN_DESCRIPTION: u8 = 4;
/// It sorts behind every word that begins with what it follows.
const LAST: char = char::MAX;

/// The products that have every word: as it is, or within a word of the name or the id.
pub(super) fn find(
    searcher: &Searcher,
    fields: &Fields,
    words: &[String],
) -> Result<Vec<Match>, TantivyError> {
    let mut found = Vec::new();
    for segment in searcher.segment_readers() {
        let worths = words.iter().map(|word| Worth::of(segment, fields, word));
        let mut worths: Vec<Worth> = worths.collect::<Result<_, _>>()?;
        worths.sort_unstable_by_key(|worth| worth.docs.len());
        let Some((rarest, others)) = worths.split_first() else {
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

/// What the products of a segment are worth for one word.
struct Worth {
    by_doc: Vec<u8>,
    /// Those that are worth anything.
    docs: Vec<DocId>,
}

impl Worth {
    fn of(segment: &SegmentReader, fields: &Fields, word: &str) -> Result<Self, TantivyError> {
        let mut worth = Self {
            by_doc: vec![0; segment.max_doc() as usize],
            docs: Vec::new(),
        };
        for (field, points) in [
            (fields.name, IN_NAME),
            (fields.tags, IN_TAGS),
            (fields.category, IN_CATEGORY),
            (fields.description, IN_DESCRIPTION),
        ] {
            worth.add_word(segment, field, word, points)?;
        }
        worth.add_beginnings(segment, fields.parts, word)?;
        Ok(worth)
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

    /// What has a part that begins with the word has the word within it.
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
