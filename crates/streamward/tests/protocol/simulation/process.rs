//! A process of the service: the roles as they ship, and the futures they are in.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use supervision::{BoxError, Pulse};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    handler::Service,
    settings::Settings,
    stations::{AnyRole, Kind, Station},
    tasks::{Bell, Task},
    wire::{Shared, Wire, lock},
};
use crate::{
    consumer::{Identity, Next, Roles},
    error::Result,
    protocol::model::Name,
};

/// Pause before a role is started again.
pub(super) const RESTART: Duration = Duration::from_millis(100);

/// A stage of an orderly end, in the order of the supervision tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Upkeep,
    Leadership,
    Intake,
    Workers,
    Settler,
    Heartbeat,
}

/// State of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Running,
    /// SIGSTOP, until then.
    Frozen(Instant),
    /// SIGTERM: what does not end by then is killed.
    Stopping(Stage, Instant),
    /// Restarted then, under another name.
    Gone(Instant),
}

/// A process.
pub(super) struct Process {
    pub(super) serial: usize,
    pub(super) name: Name,
    pub(super) life: Life,
    pub(super) roles: Roles,
    service: Arc<Service>,
    bell: Arc<Bell>,
    pub(super) stations: Vec<Station>,
    pub(super) intake: Option<Task<Result<(), BoxError>>>,
    pub(super) intake_stops: CancellationToken,
    pub(super) settler: Option<Task<Result<(), BoxError>>>,
    pub(super) settler_stops: CancellationToken,
    pub(super) workers: Vec<Task<()>>,
    /// Since when it could have claimed due entries.
    pub(super) able_since: Option<Instant>,
}

impl Process {
    pub(super) fn boot(
        server: &Shared,
        bell: &Arc<Bell>,
        settings: &Settings,
        serial: usize,
    ) -> Self {
        let name = format!("p{serial}");
        let wire = || Wire {
            server: Arc::clone(server),
            process: serial,
        };
        let (options, partition) = (settings.options(), lock(server).service.partition.clone());
        let now = lock(server).now_ms();
        let identity = Identity::new(
            &options.service,
            name.clone(),
            now,
            partition,
            &options.reads,
            &options.on_demand,
        );
        let roles = Roles::new(options, identity, Arc::new(wire()));
        roles.flow.slots.add_stand_ins(settings.workers);
        let mut process = Self {
            serial,
            name: name.into(),
            life: Life::Running,
            roles,
            service: Arc::new(Service { wire: wire() }),
            bell: Arc::clone(bell),
            stations: Vec::new(),
            intake: None,
            intake_stops: CancellationToken::new(),
            settler: None,
            settler_stops: CancellationToken::new(),
            workers: Vec::new(),
            able_since: None,
        };
        process.stations = Kind::ALL
            .map(|kind| process.station(kind, Instant::now()))
            .into();
        process.start_intake(Duration::ZERO);
        process.start_settler(Duration::ZERO);
        lock(server).disturbed(&process.name);
        process
    }

    pub(super) fn station(&self, kind: Kind, next: Instant) -> Station {
        let roles = &self.roles;
        let role: Box<dyn AnyRole> = match kind {
            Kind::Heartbeat => Box::new(roles.heartbeat()),
            Kind::Renewer => Box::new(roles.renewer()),
            Kind::PoisonWatch => Box::new(roles.poison_watch()),
            Kind::Reclaimer => Box::new(roles.reclaimer::<Service>()),
            Kind::Scheduler => Box::new(roles.scheduler()),
            Kind::Reaper => Box::new(roles.reaper()),
            Kind::Janitor => Box::new(roles.janitor()),
        };
        Station {
            kind,
            role: Some(role),
            pass: None,
            next,
            leaving: false,
        }
    }

    pub(super) fn start_intake(&mut self, after: Duration) {
        let intake = self.roles.intake::<Service>(Pulse::default());
        let stops = self.intake_stops.clone();
        self.intake = Some(Task::new(&self.bell, async move {
            tokio::time::sleep(after).await;
            intake.run(stops).await
        }));
    }

    pub(super) fn start_settler(&mut self, after: Duration) {
        let settler = self.roles.settler(Pulse::default());
        let stops = self.settler_stops.clone();
        self.settler = Some(Task::new(&self.bell, async move {
            tokio::time::sleep(after).await;
            settler.run(stops).await
        }));
    }

    /// Starts the next pass of a role.
    pub(super) fn start_pass(&mut self, station: usize) {
        let station = &mut self.stations[station];
        if let Some(role) = station.role.take() {
            station.pass = Some(Task::new(
                &self.bell,
                role.pass(self.roles.connection.clone()),
            ));
        }
    }

    /// Lets a role do its last, once. Returns false when it has begun to, or is in a pass.
    pub(super) fn start_leave(&mut self, kind: Kind) -> bool {
        let mut stations = self.stations.iter_mut();
        let station = stations.find(|station| station.kind == kind);
        let station = station.expect("every role has a station");
        let role = station.role.take_if(|_| !station.leaving);
        if let Some(role) = role {
            station.leaving = true;
            station.pass = Some(Task::new(&self.bell, role.leave()));
            return true;
        }
        false
    }

    /// Goes on with a pass. An error is one that would crash the role.
    pub(super) fn go_on(&mut self, station: usize) -> Result<()> {
        let station = &mut self.stations[station];
        let Some(pass) = &mut station.pass else {
            return Ok(());
        };
        if let Some((role, next)) = pass.go_on() {
            let pause = match next? {
                Next::Tick => role.every(),
                Next::Now => Duration::ZERO,
                Next::Later => RESTART,
            };
            station.next = Instant::now() + pause;
            (station.role, station.pass) = (Some(role), None);
        }
        Ok(())
    }

    pub(super) fn has_job(&self) -> bool {
        self.roles.flow.slots.has_job()
    }

    /// A worker takes a waiting job. A panic in it is caught where the actor would end.
    pub(super) fn start_worker(&mut self) {
        let Some(job) = self.roles.flow.slots.take_job() else {
            return;
        };
        let executor = self.roles.executor(&self.service);
        self.workers.push(Task::new(&self.bell, async move {
            let _panic = AssertUnwindSafe(executor.run(*job)).catch_unwind().await;
        }));
    }

    /// A worker ends, in order or because it is killed; another one follows.
    pub(super) fn end_worker(&mut self, worker: usize) {
        drop(self.workers.swap_remove(worker));
        self.roles.flow.slots.add_stand_ins(1);
    }

    /// Everything in its memory is gone.
    pub(super) fn kill(&mut self, until: Instant) {
        self.life = Life::Gone(until);
        self.workers.clear();
        self.stations.clear();
        (self.intake, self.settler) = (None, None);
    }

    pub(super) fn is_running(&self) -> bool {
        self.life == Life::Running
    }

    /// Whether a due entry could start here.
    pub(super) fn is_able(&self) -> bool {
        self.is_running() && self.roles.flow.room() > 0
    }
}
