//! The engine: state, journal and settings of a running simulator, shared by all its parts.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::commands::Decision;
use crate::faults::Faults;
use crate::journal::{Journal, Position};
use crate::settings::Settings;
use crate::state::{Change, Fingerprint, KeyRecord, ProviderState, Reply};
use crate::wire::ApiError;

/// The shared parts. Locks are held for short sections without an await.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: Settings,
    pub(crate) journal: Arc<Journal>,
    state: Mutex<ProviderState>,
    faults: RwLock<Faults>,
    webhook_url: RwLock<Option<Arc<str>>>,
    /// Base URL of the listener, once it exists.
    pub(crate) served_at: OnceLock<String>,
    /// Idempotency keys of requests in progress.
    keys_in_progress: Mutex<HashSet<Box<str>>>,
    /// Notified when an event or a callback URL is new.
    pub(crate) callbacks_changed: Notify,
    /// Notified when a slow charge is new.
    pub(crate) slow_charges_changed: Notify,
    /// Cancelled when the server stops accepting requests; responses held open on purpose end.
    pub(crate) stopping: CancellationToken,
}

/// An idempotency key with the fingerprint of its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdempotencyKey<'a> {
    pub(crate) key: &'a str,
    pub(crate) fingerprint: Fingerprint,
}

/// Result of a request.
#[derive(Debug)]
pub(crate) struct Executed<T> {
    /// The rendered reply.
    pub(crate) rendered: T,
    /// Whether the reply was kept under the request's idempotency key.
    pub(crate) replayed: bool,
    /// Journal position that must be written before the caller may see the reply.
    pub(crate) position: Position,
}

impl Engine {
    pub(crate) fn new(settings: Settings, state: ProviderState, journal: Arc<Journal>) -> Self {
        let webhook_url = settings.webhook_url.as_deref().map(Arc::from);
        Self {
            settings,
            journal,
            state: Mutex::new(state),
            faults: RwLock::default(),
            webhook_url: RwLock::new(webhook_url),
            served_at: OnceLock::new(),
            keys_in_progress: Mutex::default(),
            callbacks_changed: Notify::new(),
            slow_charges_changed: Notify::new(),
            stopping: CancellationToken::new(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, ProviderState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends the changes to the journal and applies them.
    pub(crate) fn commit(&self, state: &mut ProviderState, changes: Vec<Change>) -> Position {
        if changes.is_empty() {
            return self.journal.end();
        }
        let end = self.journal.append(&changes);
        for change in changes {
            match &change {
                Change::Event(event) if !event.settled => self.callbacks_changed.notify_one(),
                Change::Due { .. } => self.slow_charges_changed.notify_one(),
                Change::Open(_)
                | Change::Move { .. }
                | Change::Amend { .. }
                | Change::Refund(_)
                | Change::Session(_)
                | Change::Event(_)
                | Change::Settled(_)
                | Change::Key(_) => {}
            }
            state.apply(change);
        }
        end
    }

    /// Executes a request, or finds the kept reply of its key, and renders the reply.
    ///
    /// An error of `decide` is not kept under the key, because nothing was executed.
    pub(crate) fn execute<T>(
        &self,
        key: Option<IdempotencyKey<'_>>,
        decide: impl FnOnce(&ProviderState) -> Result<Decision, ApiError>,
        render: impl FnOnce(&ProviderState, &Reply) -> T,
    ) -> Result<Executed<T>, ApiError> {
        if self.journal.is_closed() {
            return Err(ApiError::journal_closed());
        }
        let mut state = self.state();
        if let Some(IdempotencyKey { key, fingerprint }) = key
            && let Some((known, reply)) = state.reply_to(key)
        {
            if *known != fingerprint {
                return Err(ApiError::key_reused(key));
            }
            return Ok(Executed {
                rendered: render(&state, reply),
                replayed: true,
                position: self.journal.end(),
            });
        }
        let Decision { mut changes, reply } = decide(&state)?;
        if let Some(IdempotencyKey { key, fingerprint }) = key {
            changes.push(Change::Key(KeyRecord {
                key: key.into(),
                fingerprint,
                reply: reply.clone(),
            }));
        }
        let position = self.commit(&mut state, changes);
        Ok(Executed {
            rendered: render(&state, &reply),
            replayed: false,
            position,
        })
    }

    /// Waits until the journal is written up to `position`.
    pub(crate) async fn written(&self, position: Position) -> Result<(), ApiError> {
        let reached = self.journal.reached(position).await;
        reached.map_err(|_| ApiError::journal_closed())
    }

    /// Claims an idempotency key; 409 while another request holds it.
    pub(crate) fn claim_key<'a>(&'a self, key: &'a str) -> Result<KeyClaim<'a>, ApiError> {
        if self.keys_in_progress().insert(key.into()) {
            Ok(KeyClaim { engine: self, key })
        } else {
            Err(ApiError::key_in_use(key))
        }
    }

    fn keys_in_progress(&self) -> MutexGuard<'_, HashSet<Box<str>>> {
        let keys = self.keys_in_progress.lock();
        keys.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the base URL of the pay pages; empty, so that they are relative, while unknown.
    pub(crate) fn public_url(&self) -> &str {
        let configured = self.settings.public_url.as_ref();
        let url = configured.or_else(|| self.served_at.get());
        url.map_or("", |url| url.trim_end_matches('/'))
    }

    pub(crate) fn faults(&self) -> Faults {
        *self.faults.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the faults by the result of `change`, unless it fails.
    pub(crate) fn change_faults<E>(
        &self,
        change: impl FnOnce(Faults) -> Result<Faults, E>,
    ) -> Result<Faults, E> {
        let mut faults = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        *faults = change(*faults)?;
        Ok(*faults)
    }

    pub(crate) fn webhook_url(&self) -> Option<Arc<str>> {
        let url = self.webhook_url.read();
        url.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_webhook_url(&self, new: &str) {
        let url = self.webhook_url.write();
        *url.unwrap_or_else(PoisonError::into_inner) = Some(new.into());
        self.callbacks_changed.notify_one();
    }
}

/// A claim on an idempotency key, released when the request ends, answered or aborted.
///
/// Changes are committed in one step with their key, so this does not prevent double execution. The
/// claim distinguishes a request repeated too early from one repeated after a failure.
#[derive(Debug)]
pub(crate) struct KeyClaim<'a> {
    engine: &'a Engine,
    key: &'a str,
}

impl Drop for KeyClaim<'_> {
    fn drop(&mut self) {
        self.engine.keys_in_progress().remove(self.key);
    }
}
