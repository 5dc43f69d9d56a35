//! Mail by SMTP over a small pool of connections, with a timeout per mail.
//!
//! A connection carries one mail at a time and returns to the pool only after the server accepted the
//! mail. After a refusal, an error or a timeout it is closed, so that no mail is written into the middle
//! of another one.

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
use tokio::{sync::Semaphore, time::Instant};

use crate::SendError;
use url::{SmtpUrl, Tls};

pub use url::BadSmtpUrl;

/// Maximum number of connections. Relays often refuse more than ten from one address.
const MAX_CONNECTIONS: usize = 8;
/// Timeout of a mail, the wait for a connection included; below the handler's.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum idle time of a connection; firewalls may drop an older one silently.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// Client of a mail server.
pub struct Smtp {
    server: SmtpUrl,
    hello: ClientId,
    timeout: Duration,
    slots: Semaphore,
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
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// Returns a client of the server at `url`, for example `smtp://user:password@mail.example:587`.
    ///
    /// # Errors
    /// [`BadSmtpUrl`].
    pub fn new(url: &str) -> Result<Self, BadSmtpUrl> {
        Ok(Self {
            server: SmtpUrl::parse(url)?,
            hello: ClientId::default(),
            timeout: TIMEOUT,
            slots: Semaphore::new(MAX_CONNECTIONS),
            idle: Mutex::default(),
        })
    }

    /// Sets the timeout of a mail, the wait for a connection included. Default 10 s.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends a mail. After a timeout the server may have accepted it.
    ///
    /// # Errors
    /// [`SendError::Refused`] with the server's message for a permanent error, else [`SendError::Later`].
    pub async fn send(&self, mail: &Message) -> Result<(), SendError> {
        let sent = tokio::time::timeout(self.timeout, self.send_pooled(mail)).await;
        sent.unwrap_or_else(|_| Err(self.later(&format!("no answer within {:?}", self.timeout))))
    }

    async fn send_pooled(&self, mail: &Message) -> Result<(), SendError> {
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|_| self.later("the pool is closed"))?;
        let mut connection = match self.pooled().await {
            Some(pooled) => pooled,
            None => self.connect().await?,
        };
        let answer = connection.send(mail.envelope(), &mail.formatted()).await;
        answer.map_err(|error| self.classify(&error))?;
        if !connection.has_broken() {
            let since = Instant::now();
            self.idle().push(Idle { since, connection });
        }
        Ok(())
    }

    /// Connects, upgrades to TLS and logs in. An error here concerns every mail, so it is temporary, a
    /// wrong password included: mails are retried until it is corrected.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let server = &self.server;
        let address = (server.host.as_str(), server.port);
        let later = |error: Error| self.later(&describe(&error));
        let wrapped = match server.tls {
            Tls::Wrapped => Some(self.tls()?),
            Tls::Required | Tls::Opportunistic | Tls::None => None,
        };
        let (limit, hello) = (Some(self.timeout), &self.hello);
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
        TlsParameters::new(self.server.host.clone()).map_err(|error| self.later(&describe(&error)))
    }

    /// Classifies an error. A server that requires a login has not refused the mail.
    fn classify(&self, error: &Error) -> SendError {
        let code = error.status().map(u16::from);
        let requires_login = matches!(code, Some(530 | 534 | 535 | 538));
        if (error.is_permanent() && !requires_login) || error.is_client() {
            return SendError::refused(format!("{}: {}", self.name(), describe(error)));
        }
        self.later(&describe(error))
    }

    fn later(&self, problem: &str) -> SendError {
        SendError::later(format!("{}: {problem}", self.name()))
    }

    fn name(&self) -> String {
        format!("mail server {}:{}", self.server.host, self.server.port)
    }

    /// Returns an idle connection that the server has not closed.
    async fn pooled(&self) -> Option<AsyncSmtpConnection> {
        let mut pooled = {
            let mut idle = self.idle();
            idle.retain(|one| one.since.elapsed() < MAX_IDLE);
            idle.pop()?.connection
        };
        pooled.test_connected().await.then_some(pooled)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Describes an error and its causes on one line.
fn describe(error: &Error) -> String {
    crate::mail::one_line(Cause::of(error).as_str())
}
