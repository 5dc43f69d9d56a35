//! An in-process SMTP server with configurable behaviour.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::local_server::{LocalServer, locked};

/// Behaviour of a [`MailServer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Every mail is accepted.
    Accept,
    /// Every recipient is rejected: 550.
    RejectRecipient,
    /// Every recipient is deferred: 451.
    Defer,
    /// The greeting is 421, and the connection ends.
    Unavailable,
    /// Connections are accepted without a greeting.
    Hang,
    /// The mail is received without a reply.
    HangAfterMail,
    /// Every login is rejected: 535.
    RejectLogin,
}

#[derive(Debug)]
struct State {
    behaviour: Behaviour,
    mails: Vec<String>,
    logins: Vec<String>,
}

/// A mail server on a free local port. It stops when it is dropped.
#[derive(Debug)]
pub struct MailServer {
    server: LocalServer,
    address: String,
    state: Arc<Mutex<State>>,
}

impl MailServer {
    /// Starts a server with this behaviour.
    pub async fn start(behaviour: Behaviour) -> Self {
        let state = Arc::new(Mutex::new(State {
            behaviour,
            mails: Vec::new(),
            logins: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let serve = move |stream| SmtpSession::new(stream, Arc::clone(&shared)).run();
        let server = LocalServer::start(serve).await;
        Self {
            address: server.address.to_string(),
            server,
            state,
        }
    }

    /// Returns the address, host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Changes the behaviour, also for open connections.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        locked(&self.state).behaviour = behaviour;
    }

    /// Returns the accepted mails as they were sent.
    pub fn mails(&self) -> Vec<String> {
        locked(&self.state).mails.clone()
    }

    /// Returns the logins as they were sent.
    pub fn logins(&self) -> Vec<String> {
        locked(&self.state).logins.clone()
    }

    /// Returns the total number of connections, and the maximum number of concurrent ones.
    pub fn connections(&self) -> (usize, usize) {
        let connections = self.server.connections();
        (connections.total, connections.max_concurrent)
    }
}

struct SmtpSession {
    lines: Lines<BufReader<OwnedReadHalf>>,
    replies: OwnedWriteHalf,
    state: Arc<Mutex<State>>,
}

impl SmtpSession {
    fn new(stream: TcpStream, state: Arc<Mutex<State>>) -> Self {
        let (requests, replies) = stream.into_split();
        Self {
            lines: BufReader::new(requests).lines(),
            replies,
            state,
        }
    }

    fn behaviour(&self) -> Behaviour {
        locked(&self.state).behaviour
    }

    async fn reply(&mut self, text: &str) -> std::io::Result<()> {
        let line = format!("{text}\r\n");
        self.replies.write_all(line.as_bytes()).await
    }

    async fn run(mut self) -> std::io::Result<()> {
        match self.behaviour() {
            Behaviour::Hang => std::future::pending().await,
            Behaviour::Unavailable => return self.reply("421 mail.test is unavailable").await,
            Behaviour::Accept
            | Behaviour::RejectRecipient
            | Behaviour::Defer
            | Behaviour::HangAfterMail
            | Behaviour::RejectLogin => self.reply("220 mail.test").await?,
        }
        while let Some(line) = self.lines.next_line().await? {
            let command = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
            match &*command {
                "EHLO" => self.reply("250-mail.test\r\n250 AUTH PLAIN").await?,
                "AUTH" => self.login(&line).await?,
                "RCPT" => self.recipient(&line).await?,
                "DATA" => self.data().await?,
                "QUIT" => return self.reply("221 bye").await,
                _ => self.reply("250 ok").await?,
            }
        }
        Ok(())
    }

    async fn login(&mut self, line: &str) -> std::io::Result<()> {
        locked(&self.state).logins.push(line.to_owned());
        if self.behaviour() == Behaviour::RejectLogin {
            return self.reply("535 5.7.8 who are you").await;
        }
        self.reply("235 welcome").await
    }

    async fn recipient(&mut self, line: &str) -> std::io::Result<()> {
        match self.behaviour() {
            Behaviour::RejectRecipient => {
                let (_, recipient) = line.split_once(':').unwrap_or_default();
                let text = format!("550 5.1.1 unknown recipient {recipient}");
                self.reply(&text).await
            }
            Behaviour::Defer => self.reply("451 4.3.0 not now").await,
            Behaviour::Unavailable => self.reply("421 4.3.2 closing").await,
            Behaviour::Accept
            | Behaviour::Hang
            | Behaviour::HangAfterMail
            | Behaviour::RejectLogin => self.reply("250 ok").await,
        }
    }

    async fn data(&mut self) -> std::io::Result<()> {
        self.reply("354 go on").await?;
        let mut mail = String::new();
        while let Some(line) = self.lines.next_line().await? {
            if line == "." {
                if self.behaviour() == Behaviour::HangAfterMail {
                    return std::future::pending().await;
                }
                locked(&self.state).mails.push(mail);
                return self.reply("250 accepted").await;
            }
            mail.push_str(line.strip_prefix('.').unwrap_or(&line));
            mail.push_str("\r\n");
        }
        Ok(())
    }
}
