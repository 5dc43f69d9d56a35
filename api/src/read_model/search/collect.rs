//! Collects every match: the product's number, and how well it matches.

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};

use super::schema::NUMBER;

/// Every match, in no order.
pub(super) struct Slots;

/// The matches of one segment.
pub(super) struct Segment {
    numbers: Column<u64>,
    found: Vec<(u64, u32)>,
}

impl Collector for Slots {
    type Fruit = Vec<(u64, u32)>;
    type Child = Segment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> Result<Segment, TantivyError> {
        Ok(Segment {
            numbers: segment.fast_fields().u64(NUMBER)?,
            found: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(
        &self,
        segments: Vec<Vec<(u64, u32)>>,
    ) -> Result<Vec<(u64, u32)>, TantivyError> {
        Ok(segments.concat())
    }
}

impl SegmentCollector for Segment {
    type Fruit = Vec<(u64, u32)>;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "scores are sums of small whole numbers"
    )]
    fn collect(&mut self, doc: DocId, score: Score) {
        if let Some(number) = self.numbers.first(doc) {
            self.found.push((number, score as u32));
        }
    }

    fn harvest(self) -> Vec<(u64, u32)> {
        self.found
    }
}
