//! Mail by SMTP: a few connections, kept and reused, and a deadline for everything.
//!
//! A connection is lent to one mail at a time and comes back only when that mail was taken. Whatever
//! ends otherwise - refused, broken, cut off by the deadline - takes its connection with it, so that no
//! mail is ever written into the middle of another one.

mod url;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::DEFAULT_MECHANISMS,
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use streamward::Cause;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use crate::SendError;
use url::{SmtpUrl, Tls};

pub use url::BadSmtpUrl;

/// Connections at a time. Relays often refuse more than ten from one address.
const CONNECTIONS: usize = 8;
/// From asking for a connection to the server's word. Below the handler's timeout.
const DEADLINE: Duration = Duration::from_secs(10);
/// A connection that was idle for longer may be cut somewhere on the way without a word.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

/// A mail server.
pub struct Smtp {
    server: SmtpUrl,
    hello: ClientId,
    deadline: Duration,
    lines: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    since: Instant,
    connection: AsyncSmtpConnection,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("server", &self.server)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// The server that `url` names, for example `smtp://user:password@mail.example:587`.
    ///
    /// # Errors
    /// [`BadSmtpUrl`], which never quotes the URL.
    pub fn new(url: &str) -> Result<Self, BadSmtpUrl> {
        Ok(Self {
            server: SmtpUrl::parse(url)?,
            hello: ClientId::default(),
            deadline: DEADLINE,
            lines: Semaphore::new(CONNECTIONS),
            idle: Mutex::default(),
        })
    }

    /// How long one mail may take, waiting for a connection included. Default 10 s.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Gives the server a mail. When the deadline passes in between, it may have taken it.
    ///
    /// # Errors
    /// [`SendError::Refused`] with the server's words when it will never take this mail, else
    /// [`SendError::Later`].
    pub async fn send(&self, mail: &Message) -> Result<(), SendError> {
        let sent = timeout(self.deadline, self.send_on_a_line(mail)).await;
        sent.unwrap_or_else(|_| Err(self.later(&format!("no answer within {:?}", self.deadline))))
    }

    async fn send_on_a_line(&self, mail: &Message) -> Result<(), SendError> {
        let _line = self
            .lines
            .acquire()
            .await
            .map_err(|_| self.later("it was shut down"))?;
        let mut connection = match self.kept().await {
            Some(kept) => kept,
            None => self.connect().await?,
        };
        let answer = connection.send(mail.envelope(), &mail.formatted()).await;
        answer.map_err(|error| self.sorted(&error))?;
        if !connection.has_broken() {
            let since = Instant::now();
            self.idle().push(Idle { since, connection });
        }
        Ok(())
    }

    /// Connects, protects the connection and logs in. Nothing that fails here is about one mail, so
    /// none of it refuses one, a wrong password neither: it is set right while the mails wait.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let server = &self.server;
        let address = (server.host.as_str(), server.port);
        let later = |error: Error| self.later(&words(&error));
        let wrapped = match server.tls {
            Tls::Wrapped => Some(self.tls()?),
            Tls::Required | Tls::Opportunistic | Tls::None => None,
        };
        let (limit, hello) = (Some(self.deadline), &self.hello);
        let connected = AsyncSmtpConnection::connect_tokio1(address, limit, hello, wrapped, None);
        let mut connection = connected.await.map_err(later)?;
        let start_tls = match server.tls {
            Tls::Wrapped | Tls::None => false,
            Tls::Required => true,
            Tls::Opportunistic => connection.can_starttls(),
        };
        if start_tls {
            let upgraded = connection.starttls(self.tls()?, hello).await;
            upgraded.map_err(later)?;
        }
        if let Some(login) = &server.login {
            let accepted = connection.auth(DEFAULT_MECHANISMS, login).await;
            accepted.map_err(later)?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, SendError> {
        TlsParameters::new(self.server.host.clone()).map_err(|error| self.later(&words(&error)))
    }

    /// What a mail's error means. A server that wants a login first says nothing about the mail.
    fn sorted(&self, error: &Error) -> SendError {
        let code = error.status().map(u16::from);
        let wants_login = matches!(code, Some(530 | 534 | 535 | 538));
        if (error.is_permanent() && !wants_login) || error.is_client() {
            return SendError::refused(format!("{}: {}", self.name(), words(error)));
        }
        self.later(&words(error))
    }

    fn later(&self, words: &str) -> SendError {
        SendError::later(format!("{}: {words}", self.name()))
    }

    fn name(&self) -> String {
        format!("mail server {}:{}", self.server.host, self.server.port)
    }

    /// A connection that an earlier mail left, if the server has not closed it meanwhile.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut kept = {
            let mut idle = self.idle();
            idle.retain(|one| one.since.elapsed() < LONGEST_IDLE);
            idle.pop()?.connection
        };
        kept.test_connected().await.then_some(kept)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error and what caused it, on one line.
fn words(error: &Error) -> String {
    crate::mail::one_line(Cause::from(error).as_str())
}
