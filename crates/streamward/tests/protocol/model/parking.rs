//! The scripts that set an entry aside: parking and dead letters. Both are fenced.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    PARKING,
    handling::{Fence, Receipt},
    ids::Id,
    packed::Postponed,
    server::{Model, Refused},
    service::Service,
    streams::{Blob, Claim, Fields},
};

/// Records that a history holds.
const LONGEST_HISTORY: usize = 20;
/// Names and values that a command in a script can hold.
const LONGEST_LETTER: usize = 7800;
const LONGEST_POSTPONEMENT: usize = 7000;

/// Terms on which an entry is set aside.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) lease: u64,
    pub(crate) delay: u64,
    pub(crate) room: u64,
    /// The error as JSON, or nothing.
    pub(crate) record: String,
    pub(crate) count: u64,
}

/// Answer of parking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParkReply {
    Parked,
    Postponed,
    Gone,
    Lost,
    Deleted,
}

/// Contents of a dead letter.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) cause: String,
    pub(crate) record: String,
    pub(crate) at: String,
    pub(crate) poison: String,
    pub(crate) fields: Fields,
}

/// Answer of a move to the dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadLetterReply {
    Moved(Id),
    Stale,
    Lost,
}

impl Model {
    /// `park_entries.lua`
    pub(crate) fn park(
        &mut self,
        service: &Service,
        receipt: &Receipt,
        terms: &Terms,
    ) -> Result<ParkReply, Refused> {
        match self.fence(&service.group, receipt)? {
            Fence::Gone => return Ok(ParkReply::Gone),
            Fence::Lost => return Ok(ParkReply::Lost),
            Fence::Mine => {}
        }
        let (key, id, field) = (&receipt.stream, receipt.id, receipt.field());
        let mut history = self.hash_get(&service.attempts, &field).cloned();
        if !terms.record.is_empty() {
            let mut records = records_of(history.as_deref());
            records.push(record_of(&terms.record));
            if records.len() > LONGEST_HISTORY {
                records.remove(0);
            }
            history = Some(Json::Array(records).to_string().into_bytes());
        }
        let group = self.group(key, &service.group)?;
        let crowded = group.consumers.contains(PARKING) && group.load(PARKING) as u64 >= terms.room;
        // A crash is never postponed.
        let failed = !terms.record.is_empty();
        let full = terms.delay > 0 && crowded;
        if failed && (full || terms.delay > terms.lease) {
            let found = self.streams[key].entries.get(&id).cloned();
            if let Some(fields) = found.filter(|found| found.len() * 2 < LONGEST_POSTPONEMENT) {
                self.postpone(service, receipt, (history, &fields), terms.delay);
                return Ok(ParkReply::Postponed);
            }
        }
        let how = Claim {
            idle: terms.lease.saturating_sub(terms.delay),
            retry_count: Some(terms.count),
            just_id: true,
        };
        let moved = self.claim(key, &service.group, (&PARKING.into(), &[id]), how)?;
        if moved.is_empty() {
            self.hash_delete(&service.attempts, &field);
            return Ok(ParkReply::Deleted);
        }
        if let (false, Some(history)) = (terms.record.is_empty(), history) {
            self.hash_set(&service.attempts, &field, history);
        }
        Ok(ParkReply::Parked)
    }

    fn postpone(
        &mut self,
        service: &Service,
        receipt: &Receipt,
        (history, fields): (Option<Blob>, &Fields),
        delay: u64,
    ) {
        let mut first = receipt.id.to_string().into_bytes();
        let mut original = Vec::new();
        for (name, value) in fields.iter() {
            match name.as_str() {
                "retry.first" => first.clone_from(value),
                "retry.attempts" => {}
                _ => original.extend([name.clone().into_bytes(), value.clone()]),
            }
        }
        let member = format!("{PARKING}:{}", receipt.field());
        let history = history.unwrap_or_else(|| b"[]".to_vec());
        self.acknowledge(&receipt.stream, &service.group, &[receipt.id]);
        self.hash_delete(&service.attempts, &receipt.field());
        let entry = Postponed {
            first,
            history,
            fields: original,
        };
        self.hash_set(&service.data, &member, entry.pack());
        self.schedule(&service.delayed, &member, self.now + delay);
    }

    /// `dead_letter_entry.lua`
    pub(crate) fn dead_letter(
        &mut self,
        service: &Service,
        receipt: &Receipt,
        letter: &Letter,
    ) -> Result<DeadLetterReply, Refused> {
        match self.fence(&service.group, receipt)? {
            Fence::Gone => return Ok(DeadLetterReply::Stale),
            Fence::Lost => return Ok(DeadLetterReply::Lost),
            Fence::Mine => {}
        }
        let field = receipt.field();
        let mut records = records_of(self.hash_get(&service.attempts, &field).map(|h| &**h));
        if !letter.record.is_empty() {
            records.push(record_of(&letter.record));
        }
        let fields = dead_fields(receipt, letter, &records);
        self.acknowledge(&receipt.stream, &service.group, &[receipt.id]);
        let dead = self.add(&service.dead, None, Arc::new(fields))?;
        self.hash_delete(&service.attempts, &field);
        let known = self.hash_get(&service.poison, &letter.poison).is_some();
        if !letter.poison.is_empty() && !known {
            self.hash_set(
                &service.poison,
                &letter.poison,
                dead.to_string().into_bytes(),
            );
        }
        Ok(DeadLetterReply::Moved(dead))
    }
}

/// The fields of a dead letter.
fn dead_fields(receipt: &Receipt, letter: &Letter, records: &[Json]) -> Vec<(String, Blob)> {
    let id = receipt.id.to_string().into_bytes();
    let (mut first, mut lineage) = (id.clone(), Blob::new());
    let (mut original, mut cut) = (Vec::new(), 0);
    for (name, value) in letter.fields.iter() {
        match name.as_str() {
            "dead.first" => first.clone_from(value),
            "retry.first" if first == id => first.clone_from(value),
            "retry.first" => {}
            "dead.lineage" => lineage.clone_from(value),
            _ if original.len() * 2 >= LONGEST_LETTER => cut += 1,
            "retry.attempts" => {}
            // Names that the runtime gives are not taken from anybody else.
            given if given.starts_with("dead.") => {}
            _ => original.push((name.clone(), value.clone())),
        }
    }
    if cut > 0 {
        original.push(("dead.cut".to_owned(), cut.to_string().into_bytes()));
    }
    if !letter.poison.is_empty() {
        original.push(("dead.poison".to_owned(), letter.poison.clone().into_bytes()));
    }
    let head = [
        ("dead.stream", receipt.stream.as_bytes().to_vec()),
        ("dead.id", id),
        ("dead.first", first),
        ("dead.lineage", lineage),
        ("dead.cause", letter.cause.clone().into_bytes()),
        ("dead.at", letter.at.clone().into_bytes()),
        (
            "dead.deliveries",
            receipt.deliveries.to_string().into_bytes(),
        ),
        (
            "dead.attempts",
            Json::Array(records.to_vec()).to_string().into_bytes(),
        ),
    ];
    let named = head
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    named.chain(original).collect()
}

pub(super) fn records_of(history: Option<&[u8]>) -> Vec<Json> {
    history.map_or_else(Vec::new, |history| {
        serde_json::from_slice(history).expect("a history is a JSON array")
    })
}

fn record_of(record: &str) -> Json {
    serde_json::from_str(record).expect("a record is JSON")
}
