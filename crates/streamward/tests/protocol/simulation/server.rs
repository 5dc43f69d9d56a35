//! The server of the simulation: the model, its requests, and the observer of every change.

mod log;
mod views;

use std::{collections::BTreeMap, sync::Arc};

use rand::{Rng, rngs::StdRng};
use redis::{Cmd, RedisResult, Value};
use tokio::time::Instant;

use super::{
    observer::{DeliveryId, Ending, Observer, Place},
    settings::Settings,
    wire::{Progress, Request, refusal},
};
use crate::{
    protocol::model::{Command, Id, Loaded, Model, Name, Refused, Service, int},
    scripts,
};

/// Time at which every world begins.
const BEGINNING: u64 = 1_800_000_000_000;

/// Redis with one service on it.
pub(super) struct Server {
    pub(super) rng: StdRng,
    pub(super) settings: Settings,
    pub(super) model: Model,
    pub(super) service: Service,
    /// Streams that the service reads; the last one is its inbox.
    pub(super) streams: Vec<Name>,
    pub(super) observer: Observer,
    pub(super) requests: BTreeMap<u64, Request>,
    pub(super) sent: u64,
    pub(super) clients: i64,
    pub(super) loaded: Loaded,
    /// Claims that passed over each due entry since it became due.
    pub(super) passed_over: BTreeMap<Place, u64>,
    /// Last delivered ids of groups that were destroyed.
    pub(super) destroyed: Vec<Option<Id>>,
    /// Whether the adversary is at work.
    pub(super) chaos: bool,
    /// Whether the answer of the next read is lost.
    pub(super) loses_read: bool,
    /// Since when each live process has run undisturbed.
    pub(super) undisturbed: BTreeMap<Name, Instant>,
    /// Processes that drain.
    pub(super) draining: Vec<usize>,
    began: Instant,
    pub(super) log: Option<Vec<String>>,
}

impl Server {
    pub(super) fn new(rng: StdRng, settings: Settings, logged: bool) -> Self {
        let service = Service::new("shipping");
        let streams = vec![service.stream("orders"), Arc::clone(&service.inbox)];
        let mut server = Self {
            rng,
            settings,
            destroyed: vec![None; streams.len()],
            model: Model::default(),
            service,
            streams,
            observer: Observer::default(),
            requests: BTreeMap::new(),
            passed_over: BTreeMap::new(),
            sent: 0,
            clients: 0,
            loaded: Loaded::new(),
            chaos: true,
            loses_read: false,
            undisturbed: BTreeMap::new(),
            draining: Vec::new(),
            began: Instant::now(),
            log: logged.then(Vec::new),
        };
        for key in server.streams.clone() {
            server.model.ensure(&server.service, &key, Id::ZERO);
        }
        server
    }

    pub(super) fn now_ms(&self) -> u64 {
        let age = self.began.elapsed().as_millis();
        BEGINNING + u64::try_from(age).unwrap_or(u64::MAX)
    }

    /// The time at which the server's clock says `ms`.
    pub(super) fn instant(&self, ms: u64) -> Instant {
        self.began + std::time::Duration::from_millis(ms.saturating_sub(BEGINNING))
    }

    /// The place of an entry, by the stream's key.
    pub(super) fn place(&self, key: &str, id: Id) -> Place {
        let stream = self.streams.iter().position(|known| **known == *key);
        Place {
            stream: stream.expect("a stream that is read"),
            id,
        }
    }

    /// A producer writes an entry of this type.
    pub(super) fn publish(&mut self, kind: &str) {
        self.model.now = self.now_ms();
        // A long pending list needs one stream.
        let stream = if self.settings.crowded {
            0
        } else {
            self.rng.random_range(0..self.streams.len())
        };
        let key = self.observer.facts.len().to_string();
        let fields = [
            ("type", kind.to_owned()),
            ("v", "1".to_owned()),
            ("key", key),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.into_bytes()));
        let stream_key = Arc::clone(&self.streams[stream]);
        let id = self.model.add(&stream_key, None, Arc::new(fields.into()));
        let id = id.expect("the server makes ids");
        self.observer.published(Place { stream, id });
    }

    /// Whether the server can answer this request now.
    pub(super) fn can_execute(&self, request: &Request) -> bool {
        let waits = request.blocks_until;
        waits.is_none_or(|until| Instant::now() >= until) || self.has_unread()
    }

    /// Executes the request. Its caller may find out or not.
    pub(super) fn execute(&mut self, id: u64, is_answered: bool) {
        let Some(request) = self.requests.get_mut(&id) else {
            return;
        };
        let (sender, client) = (request.sender, request.client);
        let commands = std::mem::take(&mut request.commands);
        self.model.now = self.now_ms();
        let mut lost = Vec::new();
        let answers = commands.iter().map(|command| {
            let answer = self.run((sender, client), command, &mut lost);
            if self.log.is_some() {
                let line = self.describe(command, &answer);
                self.note(|| format!("p{sender} {line}"));
            }
            answer
        });
        let answers: RedisResult<Vec<Value>> = answers.collect();
        let Some(request) = self.requests.get_mut(&id) else {
            return;
        };
        request.lost = lost;
        request.progress = if is_answered {
            Progress::Executed(answers)
        } else {
            Progress::Lost
        };
        if request.abandoned {
            self.requests.remove(&id);
        }
    }

    fn run(
        &mut self,
        (sender, client): (usize, i64),
        command: &Cmd,
        lost: &mut Vec<(usize, DeliveryId)>,
    ) -> RedisResult<Value> {
        let word = |at: usize| match command.args_iter().nth(at) {
            Some(redis::Arg::Simple(word)) => std::str::from_utf8(word).unwrap_or_default(),
            _ => "",
        };
        match word(0) {
            "CLIENT" if word(1) == "ID" => return Ok(int(client)),
            "CLIENT" => return Ok(self.unblock(word(2))),
            "SCRIPT" => return Ok(self.load(command)),
            "STEP" => {
                let id = word(3).parse().expect("an id");
                return Ok(self.step(word(1), id));
            }
            _ => {}
        }
        let services = [self.service.clone()];
        let command = Command::read(&services, &self.loaded, command);
        let in_script = matches!(command, Command::Script(_));
        self.observe(sender, &command, lost)
            .map_err(|refused| match refused {
                Refused::NoScript => refusal("NOSCRIPT No matching script."),
                Refused::NoGroup if in_script => {
                    refusal("ERR NOGROUP No such key or consumer group script: on @user_script:1.")
                }
                Refused::NoGroup => refusal("NOGROUP No such key or consumer group"),
                Refused::OldId => refusal("ERR The ID is equal or smaller"),
            })
    }

    /// SCRIPT LOAD.
    fn load(&mut self, command: &Cmd) -> Value {
        let words = command.args_iter().nth(2);
        let Some(redis::Arg::Simple(source)) = words else {
            return Value::Nil;
        };
        let mut all = scripts::ALL.iter();
        let script = all.find(|script| script.source().as_bytes() == source);
        let script = script.expect("a script of the runtime");
        self.loaded.insert(script.sha().to_owned(), script.name());
        Value::Okay
    }

    /// CLIENT UNBLOCK.
    fn unblock(&mut self, client: &str) -> Value {
        let client = client.parse::<i64>().expect("a client's number");
        let mut requests = self.requests.values_mut();
        let blocked = requests
            .find(|request| request.client == client && matches!(request.progress, Progress::Sent));
        let Some(request) = blocked else {
            return int(0);
        };
        request.blocks_until = Some(Instant::now());
        int(1)
    }

    /// A step script: it acknowledges before it writes anything, and changes only what its state
    /// admits.
    fn step(&mut self, key: &str, id: Id) -> Value {
        let place = self.place(key, id);
        let group = Arc::clone(&self.service.group);
        if self.model.acknowledge(key, &group, &[id]) == 1 {
            self.observer.ended(place, Ending::Settled);
            let fact = self.observer.fact(place);
            fact.effects = fact.effects.max(1);
        }
        Value::Okay
    }
}
