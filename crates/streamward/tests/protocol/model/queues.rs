//! The scripts that move entries between streams and queues: promote, replay, discard.

use std::sync::Arc;

use super::{
    PARKING,
    ids::Id,
    packed::Postponed,
    parking::records_of,
    server::{Model, Refused},
    service::Service,
    streams::{Blob, text},
};

/// An empty MessagePack map, the data of a job without any.
const NOTHING: &[u8] = b"\x80";

/// `PROMOTED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Promoted {
    pub(crate) jobs: usize,
    pub(crate) late: u64,
    /// Until the next is due.
    pub(crate) wait: Option<u64>,
}

impl Model {
    /// `promote_jobs.lua`
    pub(crate) fn promote(
        &mut self,
        service: &Service,
        limit: usize,
        at: &str,
    ) -> Result<Promoted, Refused> {
        let now = self.now;
        let queue = self.sorted.get(&service.delayed);
        let mut due: Vec<(u64, String)> = queue
            .into_iter()
            .flatten()
            .filter(|(_, score)| **score <= now)
            .map(|(member, score)| (*score, member.clone()))
            .collect();
        due.sort_unstable();
        due.truncate(limit);
        let mut answer = Promoted {
            jobs: due.len(),
            ..Promoted::default()
        };
        for (score, member) in due {
            answer.late = answer.late.max(now - score);
            let packed = self.hash_get(&service.data, &member).cloned();
            let entry = member.starts_with(&format!("{PARKING}:"));
            let job = packed
                .as_deref()
                .filter(|_| entry)
                .and_then(Postponed::unpack);
            match job {
                Some(job) => self.promote_entry(service, job)?,
                None => self.promote_job(service, (&member, score), (packed, at))?,
            }
            self.hash_delete(&service.data, &member);
            if let Some(queue) = self.sorted.get_mut(&service.delayed) {
                queue.remove(&member);
            }
        }
        let left = self.sorted.get(&service.delayed);
        let next = left.and_then(|queue| queue.values().min());
        answer.wait = next.map(|score| score.saturating_sub(now));
        Ok(answer)
    }

    fn promote_entry(&mut self, service: &Service, job: Postponed) -> Result<(), Refused> {
        let records = records_of(Some(&job.history));
        let attempt = records.last().map(|last| last["attempt"].to_string());
        let attempts = attempt.clone().unwrap_or_else(|| "0".to_owned());
        let mut fields = vec![
            ("retry.first".to_owned(), job.first),
            ("retry.attempts".to_owned(), attempts.into_bytes()),
        ];
        for pair in job.fields.chunks_exact(2) {
            fields.push((text(&pair[0]).to_owned(), pair[1].clone()));
        }
        let id = self.add(&service.inbox, None, Arc::new(fields))?;
        if attempt.is_some() {
            let field = format!("{}/{id}", service.inbox);
            self.hash_set(&service.attempts, &field, job.history);
        }
        Ok(())
    }

    fn promote_job(
        &mut self,
        service: &Service,
        (member, score): (&str, u64),
        (packed, at): (Option<Blob>, &str),
    ) -> Result<(), Refused> {
        let (kind, key) = member.split_once(':').unwrap_or((member, ""));
        let name = format!("{member}@{score}");
        let fields = [
            ("type", kind.as_bytes()),
            ("v", b"1"),
            ("id", name.as_bytes()),
            ("key", key.as_bytes()),
            ("at", at.as_bytes()),
            ("data", packed.as_deref().unwrap_or(NOTHING)),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_vec()));
        self.add(&service.inbox, None, Arc::new(fields.into()))?;
        Ok(())
    }

    /// `replay_dead_letter.lua`; `None` when there is no such letter.
    pub(crate) fn replay(&mut self, service: &Service, id: Id) -> Result<Option<Id>, Refused> {
        let Some(letter) = self.letter(service, id) else {
            return Ok(None);
        };
        let (mut first, mut lineage, mut original) = (Blob::new(), Blob::new(), Vec::new());
        for (name, value) in letter {
            match name.as_str() {
                "dead.first" => first = value,
                "dead.lineage" => lineage = value,
                "dead.poison" => drop(self.hash_delete(&service.poison, text(&value))),
                _ if name.starts_with("dead.") => {}
                _ => original.push((name, value)),
            }
        }
        if !lineage.is_empty() {
            lineage.push(b' ');
        }
        lineage.extend(id.to_string().into_bytes());
        let head = [
            ("dead.first".to_owned(), first),
            ("dead.lineage".to_owned(), lineage),
        ];
        let fields = head.into_iter().chain(original).collect();
        let replayed = self.add(&service.inbox, None, Arc::new(fields))?;
        self.delete(&service.dead, id);
        Ok(Some(replayed))
    }

    /// `discard_dead_letter.lua`; says whether there was such a letter.
    pub(crate) fn discard(&mut self, service: &Service, id: Id) -> bool {
        let Some(letter) = self.letter(service, id) else {
            return false;
        };
        for (name, value) in letter {
            if name == "dead.poison" {
                self.hash_delete(&service.poison, text(&value));
            }
        }
        self.delete(&service.dead, id)
    }

    fn letter(&self, service: &Service, id: Id) -> Option<Vec<(String, Blob)>> {
        let entries = &self.streams.get(&service.dead)?.entries;
        entries.get(&id).map(|fields| fields.to_vec())
    }
}
