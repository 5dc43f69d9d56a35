//! Calls that a fence protects, written into the books: only who holds an entry changes anything.

use std::collections::BTreeMap;

use super::{
    books::{Ending, Place},
    server::Server,
};
use crate::model::{BuryReply, Letter, ParkReply, Receipt, Refused, Renewed, Terms};

impl Server {
    /// Whether the entry belongs to the caller, with the count that he knows.
    fn is_rightful(&self, receipt: &Receipt) -> bool {
        let group = self.model.group(&receipt.stream, &self.service.group);
        let pending = group.ok().and_then(|group| group.pending.get(&receipt.id));
        pending.is_some_and(|found| {
            found.owner == receipt.consumer && found.count == receipt.deliveries
        })
    }

    fn is_pending(&self, place: Place) -> bool {
        let group = self
            .model
            .group(&self.streams[place.stream], &self.service.group);
        group.is_ok_and(|group| group.pending.contains_key(&place.id))
    }

    fn demand_right(&mut self, receipt: &Receipt, rightful: bool) {
        self.books.demand(rightful, || {
            format!("{receipt:?} changed what belongs to another")
        });
    }

    /// Says whether all were still the caller's.
    pub(super) fn settle(&mut self, receipts: &[Receipt]) -> Result<bool, Refused> {
        // One entry may be named twice, under two counts.
        let mut right = BTreeMap::new();
        for receipt in receipts {
            let place = self.place(receipt);
            let rightful = self.is_rightful(receipt);
            if self.is_pending(place) {
                *right.entry(place).or_insert(false) |= rightful;
            }
        }
        let answer = self.model.settle(&self.service, receipts)?;
        for (place, rightful) in right {
            if !self.is_pending(place) {
                self.books
                    .demand(rightful, || format!("{place:?} was settled by a stranger"));
                self.books.ended(place, Ending::Settled);
            }
        }
        Ok(answer.lost.is_empty())
    }

    pub(super) fn renew(&mut self, receipts: &[Receipt]) -> Result<Renewed, Refused> {
        let before: Vec<bool> = receipts
            .iter()
            .map(|receipt| self.is_rightful(receipt))
            .collect();
        let answer = self.model.renew(&self.service, receipts)?;
        for (receipt, before) in receipts.iter().zip(before) {
            // It gives the caller nothing that was not his.
            let after = self.is_rightful(receipt);
            self.demand_right(receipt, before || !after);
            if answer.deleted.contains(&receipt.id) {
                self.miss(self.place(receipt));
            }
        }
        Ok(answer)
    }

    /// `attempt` is the number of the recorded error; `begun` says that an orderly hand-back gives
    /// up a handler that had begun.
    pub(super) fn park(
        &mut self,
        receipt: &Receipt,
        terms: &Terms,
        (attempt, begun): (Option<u64>, bool),
    ) -> Result<ParkReply, Refused> {
        let rightful = self.is_rightful(receipt);
        let answer = self.model.park(&self.service, receipt, terms)?;
        let place = self.place(receipt);
        let refused = matches!(answer, ParkReply::Gone | ParkReply::Lost);
        self.demand_right(receipt, rightful || refused);
        match answer {
            ParkReply::Parked => self.books.parked(place, self.model.now + terms.delay),
            ParkReply::Postponed => self.books.ended(place, Ending::Postponed),
            ParkReply::Deleted => self.miss(place),
            ParkReply::Gone | ParkReply::Lost => return Ok(answer),
        }
        if let Some(attempt) = attempt.filter(|_| answer != ParkReply::Deleted) {
            self.books.recorded(place, attempt);
        }
        if begun {
            self.books.handed_back(place);
        }
        Ok(answer)
    }

    /// Says whether it was still the caller's.
    pub(super) fn bury(
        &mut self,
        receipt: &Receipt,
        letter: &Letter,
        attempt: Option<u64>,
    ) -> Result<bool, Refused> {
        let rightful = self.is_rightful(receipt);
        let answer = self.model.bury(&self.service, receipt, letter)?;
        if let BuryReply::Buried(_) = answer {
            self.demand_right(receipt, rightful);
            let place = self.place(receipt);
            if let Some(attempt) = attempt {
                self.books.recorded(place, attempt);
            }
            if !letter.poison.is_empty() {
                self.books.quarantined(place);
            }
            self.books.ended(place, Ending::Buried);
        }
        Ok(answer != BuryReply::Lost)
    }
}
