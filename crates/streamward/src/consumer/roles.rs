//! The roles of one consumer, each built with the parts it needs and no others.
//!
//! The parts are its identity and connection, the leases in flight, flow control, and the known
//! poison. They outlive the roles: a restarted role finds them as its predecessor left them.

use std::{sync::Arc, time::Duration};

use supervision::Pulse;

use super::{
    connection::{Connection, Environment},
    identity::{Identity, next_name},
    key_order::owner::Owner,
    maintain::{
        heartbeat::Heartbeat, janitor::Janitor, metrics_sampler::MetricsSampler,
        scheduler::Scheduler,
    },
    options::Options,
    read::{
        admission::Admission,
        demand::{Demand, DemandWatch},
        flow_control::{FlowControl, Rotation},
        intake::Intake,
    },
    recover::{
        reaper::{Reaper, Takeover},
        reclaimer::Reclaimer,
        recovery::PendingRecovery,
        renewer::Renewer,
    },
    settle::{parking::Parking, settler::Settler},
    work::{
        lease::{DispositionQueue, Leases},
        poison::{Poison, PoisonWatch},
        worker::Executor,
    },
};
use crate::{
    clock,
    handler::{Handler, Inbound},
    keys::Partition,
    leadership::Leadership,
    runtime::Runtime,
};

/// The parts of one consumer, and the constructors of its roles.
pub(crate) struct Roles {
    options: Options,
    pub(crate) identity: Arc<Identity>,
    pub(crate) connection: Connection,
    pub(crate) flow: Arc<FlowControl>,
    pub(crate) leases: Arc<Leases>,
    queue: DispositionQueue,
    poison: Arc<Poison>,
}

impl Roles {
    /// A new consumer of `partition` on the server of `runtime`.
    pub(crate) fn of(options: &Options, runtime: &Runtime, partition: &Partition) -> Self {
        let Options {
            service,
            reads,
            on_demand,
            ..
        } = options;
        let (name, now) = (next_name(service), clock::now_ms());
        let identity = Identity::new(service, name, now, partition.clone(), reads, on_demand);
        Self::new(
            options.clone(),
            identity,
            Arc::new(runtime.server().clone()),
        )
    }

    pub(crate) fn new(
        options: Options,
        identity: Identity,
        environment: Arc<dyn Environment>,
    ) -> Self {
        let identity = Arc::new(identity);
        let (leases, queue) = Leases::new(&identity);
        Self {
            connection: Connection::new(Arc::clone(&identity), environment),
            flow: Arc::new(FlowControl::new(&options)),
            poison: Arc::default(),
            identity,
            leases,
            queue,
            options,
        }
    }

    pub(crate) fn heartbeat(&self) -> Heartbeat {
        Heartbeat {
            connection: self.connection.clone(),
            takeover: self.takeover(),
            ttl: self.options.heartbeat,
            last: None,
        }
    }

    pub(crate) fn settler(&self, pulse: Pulse) -> Settler {
        Settler {
            connection: self.connection.clone(),
            flow: Arc::clone(&self.flow),
            leases: Arc::clone(&self.leases),
            queue: Arc::clone(&self.queue),
            parking: Parking {
                lease: self.options.lease,
                room: self.options.max_parked,
                policy: self.options.policy.clone(),
            },
            pulse,
        }
    }

    pub(crate) fn renewer(&self) -> Renewer {
        Renewer {
            connection: self.connection.clone(),
            leases: Arc::clone(&self.leases),
            lease: self.options.lease,
            link: None,
        }
    }

    pub(crate) fn executor<H: Handler>(&self, handler: &Arc<H>) -> Executor<H> {
        Executor {
            identity: Arc::clone(&self.identity),
            flow: Arc::clone(&self.flow),
            leases: Arc::clone(&self.leases),
            policy: self.options.policy.clone(),
            timeout: self.options.timeout,
            handler: Arc::clone(handler),
        }
    }

    pub(crate) fn owner(&self) -> Owner {
        let ttl = self.options.heartbeat;
        Owner {
            leadership: Leadership::of_service(&self.connection, "owner", ttl),
            connection: self.connection.clone(),
            flow: Arc::clone(&self.flow),
            leases: Arc::clone(&self.leases),
            ttl,
        }
    }

    pub(crate) fn demand_watch(&self, demand: &Arc<dyn Demand>) -> DemandWatch {
        DemandWatch {
            connection: self.connection.clone(),
            demand: Arc::clone(demand),
            next_drop: None,
        }
    }

    pub(crate) fn poison_watch(&self) -> PoisonWatch {
        PoisonWatch {
            connection: self.connection.clone(),
            poison: Arc::clone(&self.poison),
        }
    }

    pub(crate) fn intake<H: Handler>(&self, pulse: Pulse) -> Intake {
        Intake {
            connection: self.connection.clone(),
            admission: self.admission::<H>(),
            heartbeat: self.heartbeat(),
            recovery: self.recovery(),
            across_processes: self.options.across_processes,
            rotation: Rotation::over(self.identity.streams.len()),
            busy: 1,
            pulse,
        }
    }

    pub(crate) fn recovery(&self) -> PendingRecovery {
        PendingRecovery {
            connection: self.connection.clone(),
            flow: Arc::clone(&self.flow),
            leases: Arc::clone(&self.leases),
            lease: self.options.lease,
        }
    }

    pub(crate) fn reclaimer<H: Handler>(&self) -> Reclaimer {
        let Options {
            policy,
            lease,
            across_processes,
            ..
        } = &self.options;
        let admission = self.admission::<H>();
        Reclaimer::new(
            &self.connection,
            admission,
            policy,
            *lease,
            *across_processes,
        )
    }

    pub(crate) fn scheduler(&self) -> Scheduler {
        Scheduler {
            connection: self.connection.clone(),
            wait: Duration::ZERO,
        }
    }

    pub(crate) fn reaper(&self) -> Reaper {
        Reaper {
            connection: self.connection.clone(),
            takeover: self.takeover(),
            leases: Arc::clone(&self.leases),
        }
    }

    pub(crate) fn janitor(&self) -> Janitor {
        let Options {
            writes, retention, ..
        } = &self.options;
        Janitor::new(&self.connection, writes, *retention)
    }

    pub(crate) fn metrics_sampler(&self) -> MetricsSampler {
        MetricsSampler {
            connection: self.connection.clone(),
        }
    }

    fn admission<H: Handler>(&self) -> Admission {
        Admission {
            identity: Arc::clone(&self.identity),
            flow: Arc::clone(&self.flow),
            leases: Arc::clone(&self.leases),
            poison: Arc::clone(&self.poison),
            wants: H::Message::wants,
        }
    }

    fn takeover(&self) -> Takeover {
        Takeover {
            connection: self.connection.clone(),
            lease: self.options.lease,
        }
    }
}
