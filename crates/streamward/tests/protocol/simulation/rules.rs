//! Rules about the world as a whole, and the times at which its roles find something to do.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    process::{Life, Process},
    server::Server,
    settings::LEASE,
    stations::{Kind, Station},
    wire::{Request, lock},
    world::World,
};

/// A claim waits for free workers no longer than a lease, and a little for the ticks.
const PATIENCE: Duration = LEASE.saturating_add(Duration::from_secs(2));
/// Time after which a process must have found entries that it has lost.
const SETTLED: Duration = Duration::from_secs(10);

/// Times at which roles find something to do, so that none looks in vain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints {
    claimable: Option<Instant>,
    job: Option<Instant>,
    dead: bool,
    poisoned: bool,
    untidy: bool,
}

impl World {
    /// A process with free workers claims due entries before long.
    pub(super) fn check_patience(&mut self) {
        let now = Instant::now();
        let claimable = hints(&lock(&self.server)).claimable;
        let claimable = claimable.filter(|at| *at <= now);
        for process in &mut self.processes {
            let able = process.is_able();
            let since = process.able_since.filter(|_| able).unwrap_or(now);
            process.able_since = able.then_some(since);
            if let (Some(at), true, None) = (claimable, able, self.settings.across) {
                let mut server = lock(&self.server);
                let undisturbed = server.undisturbed.get(&process.name).copied();
                let waited = now - at.max(since).max(undisturbed.unwrap_or(now));
                server.observer.demand(waited <= PATIENCE, || {
                    let name = &process.name;
                    format!("{name} has not claimed a due entry for {waited:?}")
                });
            }
        }
    }

    /// An entry that is pending for a live process is in flight there, or will be looked for.
    pub(super) fn check_in_flight(&self) {
        for process in self.processes.iter().filter(|process| process.is_running()) {
            let mut server = lock(&self.server);
            let since = server.undisturbed.get(&process.name);
            let settled = since.is_some_and(|since| since.elapsed() > SETTLED);
            let waits = server
                .requests
                .values()
                .any(|request| request.sender == process.serial && request.blocks_until.is_none());
            let leases = &process.roles.leases;
            if !settled || waits || leases.is_recovery_requested() {
                continue;
            }
            let forgotten = server.pending().find(|(place, owner, ..)| {
                let id = place.id.to_string();
                **owner == process.name
                    && !server.observer.is_stolen(*place)
                    && !leases.in_flight.contains(place.stream, &id)
            });
            let forgotten = forgotten.map(|(place, ..)| place);
            server.observer.demand(forgotten.is_none(), || {
                format!("{} has forgotten {forgotten:?}", process.name)
            });
        }
    }

    /// A read that was sent after request `sent` asks for one entry per free worker, rounded up to
    /// whole entries per stream.
    pub(super) fn check_read(&self, p: usize, sent: u64) {
        let process = &self.processes[p];
        let mut server = lock(&self.server);
        let mut requests = server
            .requests
            .range(sent + 1..)
            .map(|(_, request)| request);
        let read = requests.find(|it| it.sender == process.serial && it.blocks_until.is_some());
        let Some(asked) = read.and_then(Request::asks_for) else {
            return;
        };
        let room = process.roles.flow.room_to_read();
        server.observer.demand(asked <= room, || {
            format!(
                "p{} reads {asked} per stream with room for {room}",
                process.serial
            )
        });
    }

    /// Deliveries that are handled or wait for a worker are bounded: a read may fill all workers from
    /// each stream, and a claim may fill them at the same time. So they are at most
    /// `concurrency * (streams + 1)`.
    pub(super) fn check_held(&self, p: usize) {
        let process = &self.processes[p];
        let mut server = lock(&self.server);
        let held = process.workers.len() + process.roles.flow.slots.waiting();
        let most = self.settings.workers * (server.streams.len() + 1);
        server.observer.demand(held <= most, || {
            format!(
                "p{} holds {held} deliveries, at most {most} fit",
                process.serial
            )
        });
    }

    /// Whether nothing is left to do.
    pub(super) fn is_quiet(&self) -> bool {
        let server = lock(&self.server);
        let hints = hints(&server);
        let open = hints.claimable.is_some() || hints.job.is_some() || hints.dead;
        let idle = self.processes.iter().all(|process| {
            process.is_running()
                && process.workers.is_empty()
                && !process.has_job()
                && process.roles.leases.has_no_dispositions()
        });
        let mut requests = server.requests.values();
        idle && !open
            && !server.has_old_histories()
            && !server.has_unread()
            && requests
                .all(|request| request.blocks_until.is_some() && !server.can_execute(request))
    }
}

pub(super) fn hints(server: &Server) -> Hints {
    let group = |key| server.model.group(key, &server.service.group);
    let missing = server.streams.iter().any(|key| group(key).is_err());
    let lease = u64::try_from(LEASE.as_millis()).unwrap_or(u64::MAX);
    let claimable = server.pending().map(|(.., since)| since + lease).min();
    let jobs = server.model.sorted.get(&server.service.delayed);
    let job = jobs.and_then(|jobs| jobs.values().copied().min());
    Hints {
        claimable: if missing {
            Some(Instant::now())
        } else {
            claimable.map(|at| server.instant(at))
        },
        job: job.map(|at| server.instant(at)),
        dead: server.has_dead_consumers(),
        poisoned: server.chaos || server.model.hashes.contains_key(&server.service.poison),
        untidy: server.chaos || server.has_old_histories(),
    }
}

impl Process {
    /// Time of a role's next pass, if it would find anything.
    pub(super) fn due(&self, station: &Station, hints: Hints) -> Option<Instant> {
        let stopping = matches!(self.life, Life::Stopping(..));
        station.role.as_ref()?;
        match station.kind {
            Kind::Heartbeat | Kind::Renewer => Some(station.next),
            _ if stopping => None,
            // In peace there is nothing new to find for them but this.
            Kind::PoisonWatch if !hints.poisoned => None,
            Kind::Janitor if !hints.untidy => None,
            Kind::PoisonWatch | Kind::Janitor => Some(station.next),
            Kind::Reclaimer if self.roles.flow.room() == 0 => None,
            Kind::Reclaimer => Some(station.next.max(hints.claimable?)),
            Kind::Scheduler => Some(station.next.max(hints.job?)),
            Kind::Reaper => hints.dead.then_some(station.next),
        }
    }
}
