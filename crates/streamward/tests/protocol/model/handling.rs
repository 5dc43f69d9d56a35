//! The scripts that end or prolong deliveries: acknowledgement and renewal. Both are fenced.

use super::{
    ids::Id,
    server::{Model, Refused},
    service::Service,
    streams::{Claim, Name},
};

/// A delivery, as its handler knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) stream: Name,
    pub(crate) id: Id,
    pub(crate) consumer: Name,
    pub(crate) deliveries: u64,
}

impl Receipt {
    /// The field of its error history.
    pub(crate) fn field(&self) -> String {
        format!("{}/{}", self.stream, self.id)
    }
}

/// Result of the fence about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fence {
    Mine,
    Lost,
    Gone,
}

/// `SETTLED`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) lost: Vec<Id>,
    pub(crate) gone: Vec<Id>,
}

/// `RENEWED`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Renewed {
    pub(crate) lost: Vec<Id>,
    pub(crate) gone: Vec<Id>,
    pub(crate) deleted: Vec<Id>,
}

/// Answer of an undone claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    Undone,
    Lost,
    Gone,
    Deleted,
}

impl Model {
    pub(super) fn fence(&self, group: &str, receipt: &Receipt) -> Result<Fence, Refused> {
        let pending = &self.group(&receipt.stream, group)?.pending;
        Ok(match pending.get(&receipt.id) {
            None => Fence::Gone,
            Some(found) if found.owner == receipt.consumer && found.count == receipt.deliveries => {
                Fence::Mine
            }
            Some(_) => Fence::Lost,
        })
    }

    /// `ack_entries.lua`; all receipts are of one stream.
    pub(crate) fn ack(
        &mut self,
        service: &Service,
        receipts: &[Receipt],
    ) -> Result<Settled, Refused> {
        let mut answer = Settled::default();
        let mut mine = Vec::new();
        for receipt in receipts {
            match self.fence(&service.group, receipt)? {
                Fence::Gone => answer.gone.push(receipt.id),
                Fence::Lost => answer.lost.push(receipt.id),
                Fence::Mine => mine.push(receipt),
            }
        }
        for receipt in mine {
            self.acknowledge(&receipt.stream, &service.group, &[receipt.id]);
            self.hash_delete(&service.attempts, &receipt.field());
        }
        Ok(answer)
    }

    /// `renew_leases.lua`; all receipts are of one stream.
    pub(crate) fn renew(
        &mut self,
        service: &Service,
        receipts: &[Receipt],
    ) -> Result<Renewed, Refused> {
        let mut answer = Renewed::default();
        let mut mine = Vec::new();
        for receipt in receipts {
            match self.fence(&service.group, receipt)? {
                Fence::Gone => answer.gone.push(receipt.id),
                Fence::Lost => answer.lost.push(receipt.id),
                Fence::Mine => mine.push(receipt),
            }
        }
        let how = Claim {
            idle: 0,
            retry_count: None,
            just_id: true,
        };
        for receipt in mine {
            let (key, to) = (&receipt.stream, (&receipt.consumer, &[receipt.id][..]));
            if self.claim(key, &service.group, to, how)?.is_empty() {
                answer.deleted.push(receipt.id);
            }
        }
        Ok(answer)
    }

    /// `undo_claim.lua`
    pub(crate) fn undo_claim(
        &mut self,
        service: &Service,
        receipt: &Receipt,
        count: u64,
    ) -> Result<Undo, Refused> {
        match self.fence(&service.group, receipt)? {
            Fence::Gone => return Ok(Undo::Gone),
            Fence::Lost => return Ok(Undo::Lost),
            Fence::Mine => {}
        }
        let how = Claim {
            idle: 0,
            retry_count: Some(count),
            just_id: true,
        };
        let to = (&receipt.consumer, &[receipt.id][..]);
        let moved = self.claim(&receipt.stream, &service.group, to, how)?;
        Ok(if moved.is_empty() {
            Undo::Deleted
        } else {
            Undo::Undone
        })
    }
}
