//! What every part of a running simulator shares.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::book::{Book, Change, Fingerprint, KeyRecord, Reply};
use crate::desk::Decision;
use crate::faults::Faults;
use crate::journal::{Journal, Position};
use crate::settings::Settings;
use crate::wire::ApiError;

/// The shared state. Locks are held for short sections without an await.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) journal: Arc<Journal>,
    book: Mutex<Book>,
    faults: RwLock<Faults>,
    webhook_url: RwLock<Option<Arc<str>>>,
    /// The listener's address, once there is one.
    pub(crate) served_at: OnceLock<String>,
    /// Idempotency keys of requests that are being answered.
    pub(crate) outstanding: Mutex<HashSet<Box<str>>>,
    /// There is something to deliver, or somewhere to deliver it to.
    pub(crate) wake_callbacks: Notify,
    /// There is a new slow charge.
    pub(crate) wake_timekeeper: Notify,
    /// No more requests are taken; who holds one open on purpose lets go.
    pub(crate) stopping: CancellationToken,
}

/// A request as the book sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed<'a> {
    pub(crate) key: &'a str,
    pub(crate) print: Fingerprint,
}

/// What a request came to.
#[derive(Debug)]
pub(crate) struct Performed<T> {
    /// The reply, shown as the caller wants it.
    pub(crate) shown: T,
    /// It was kept under the request's idempotency key.
    pub(crate) replayed: bool,
    /// How far the journal must be written before the caller may see it.
    pub(crate) position: Position,
}

impl Core {
    pub(crate) fn new(settings: Settings, book: Book, journal: Arc<Journal>) -> Self {
        let webhook_url = settings.webhook_url.as_deref().map(Arc::from);
        Self {
            settings,
            journal,
            book: Mutex::new(book),
            faults: RwLock::default(),
            webhook_url: RwLock::new(webhook_url),
            served_at: OnceLock::new(),
            outstanding: Mutex::default(),
            wake_callbacks: Notify::new(),
            wake_timekeeper: Notify::new(),
            stopping: CancellationToken::new(),
        }
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the changes down and makes them.
    pub(crate) fn commit(&self, book: &mut Book, changes: Vec<Change>) -> Position {
        if changes.is_empty() {
            return self.journal.end();
        }
        let end = self.journal.append(&changes);
        for change in changes {
            match &change {
                Change::Event(event) if !event.settled => self.wake_callbacks.notify_one(),
                Change::Due { .. } => self.wake_timekeeper.notify_one(),
                Change::Open(_)
                | Change::Move { .. }
                | Change::Amend { .. }
                | Change::Refund(_)
                | Change::Session(_)
                | Change::Event(_)
                | Change::Settled(_)
                | Change::Key(_) => {}
            }
            book.apply(change);
        }
        end
    }

    /// Carries a request out, or finds the reply it was given before, and shows it.
    ///
    /// An error that the desk returns is not kept under the key: nothing was carried out.
    pub(crate) fn perform<T>(
        &self,
        keyed: Option<Keyed<'_>>,
        decide: impl FnOnce(&Book) -> Result<Decision, ApiError>,
        show: impl FnOnce(&Book, &Reply) -> T,
    ) -> Result<Performed<T>, ApiError> {
        if self.journal.is_closed() {
            return Err(ApiError::journal_closed());
        }
        let mut book = self.book();
        if let Some(Keyed { key, print }) = keyed
            && let Some((known, reply)) = book.reply_to(key)
        {
            if *known != print {
                return Err(ApiError::key_reused(key));
            }
            let (shown, position) = (show(&book, reply), self.journal.end());
            return Ok(Performed {
                shown,
                replayed: true,
                position,
            });
        }
        let Decision { mut changes, reply } = decide(&book)?;
        if let Some(Keyed { key, print }) = keyed {
            let record = KeyRecord {
                key: key.into(),
                print,
                reply: reply.clone(),
            };
            changes.push(Change::Key(record));
        }
        let position = self.commit(&mut book, changes);
        Ok(Performed {
            shown: show(&book, &reply),
            replayed: false,
            position,
        })
    }

    /// Base of the pay pages' addresses; empty, so that they are relative, while nothing is known.
    pub(crate) fn public_url(&self) -> &str {
        let settled = self
            .settings
            .public_url
            .as_ref()
            .or_else(|| self.served_at.get());
        settled.map_or("", |url| url.trim_end_matches('/'))
    }

    pub(crate) fn faults(&self) -> Faults {
        *self.faults.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the faults by what `change` makes of them, if it makes anything.
    pub(crate) fn change_faults<E>(
        &self,
        change: impl FnOnce(Faults) -> Result<Faults, E>,
    ) -> Result<Faults, E> {
        let mut faults = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        *faults = change(*faults)?;
        Ok(*faults)
    }

    pub(crate) fn webhook_url(&self) -> Option<Arc<str>> {
        self.webhook_url
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_webhook_url(&self, url: &str) {
        *self
            .webhook_url
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(url.into());
        self.wake_callbacks.notify_one();
    }
}
