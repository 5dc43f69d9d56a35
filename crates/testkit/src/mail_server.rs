//! A mail server in the test's process that has moods.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};

/// How a mail server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It takes every mail.
    Takes,
    /// It knows no recipient: 550.
    Refuses,
    /// It asks to try again later: 451.
    Later,
    /// It greets with 421 and hangs up.
    Away,
    /// It lets people in and says nothing.
    Silent,
    /// It takes the whole mail and says nothing.
    SilentAfterMail,
    /// It knows no login: 535.
    Locked,
}

#[derive(Debug)]
struct State {
    mood: Mood,
    mails: Vec<String>,
    logins: Vec<String>,
    visits: usize,
    inside: usize,
    most_inside: usize,
}

/// A mail server on a port of its own. It stops when it is dropped.
#[derive(Debug)]
pub struct MailServer {
    address: String,
    state: Arc<Mutex<State>>,
    _doorman: JoinSet<()>,
}

impl MailServer {
    /// Starts one in this mood.
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let state = Arc::new(Mutex::new(State {
            mood,
            mails: Vec::new(),
            logins: Vec::new(),
            visits: 0,
            inside: 0,
            most_inside: 0,
        }));
        let mut doorman = JoinSet::new();
        doorman.spawn(receive(listener, Arc::clone(&state)));
        Self {
            address: address.to_string(),
            state,
            _doorman: doorman,
        }
    }

    /// Where it listens: host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on it answers so, to those who are inside too.
    pub fn turn(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// The mails it took, as they were sent.
    pub fn mails(&self) -> Vec<String> {
        self.state().mails.clone()
    }

    /// The logins it was shown, as they were sent.
    pub fn logins(&self) -> Vec<String> {
        self.state().logins.clone()
    }

    /// How many connections there were, and how many at a time.
    pub fn visits(&self) -> (usize, usize) {
        let state = self.state();
        (state.visits, state.most_inside)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn receive(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut visitors = JoinSet::new();
    while let Ok((visitor, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        visitors.spawn(async move {
            {
                let mut now = locked(&state);
                now.visits += 1;
                now.inside += 1;
                now.most_inside = now.most_inside.max(now.inside);
            }
            // A visitor who leaves in the middle is no fault of the server's.
            let _ = Visit::new(visitor, &state).run().await;
            locked(&state).inside -= 1;
        });
    }
}

struct Visit<'a> {
    lines: Lines<BufReader<OwnedReadHalf>>,
    answers: OwnedWriteHalf,
    state: &'a Mutex<State>,
}

impl<'a> Visit<'a> {
    fn new(visitor: TcpStream, state: &'a Mutex<State>) -> Self {
        let (reads, answers) = visitor.into_split();
        Self {
            lines: BufReader::new(reads).lines(),
            answers,
            state,
        }
    }

    fn mood(&self) -> Mood {
        locked(self.state).mood
    }

    async fn say(&mut self, words: &str) -> std::io::Result<()> {
        self.answers
            .write_all(format!("{words}\r\n").as_bytes())
            .await
    }

    async fn run(mut self) -> std::io::Result<()> {
        match self.mood() {
            Mood::Silent => std::future::pending().await,
            Mood::Away => return self.say("421 mail.test is away").await,
            Mood::Takes | Mood::Refuses | Mood::Later | Mood::SilentAfterMail | Mood::Locked => {
                self.say("220 mail.test").await?;
            }
        }
        while let Some(line) = self.lines.next_line().await? {
            let word = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
            match &*word {
                "EHLO" => self.say("250-mail.test\r\n250 AUTH PLAIN").await?,
                "AUTH" => self.check(&line).await?,
                "RCPT" => self.know(&line).await?,
                "DATA" => self.take().await?,
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("250 well").await?,
            }
        }
        Ok(())
    }

    async fn check(&mut self, line: &str) -> std::io::Result<()> {
        locked(self.state).logins.push(line.to_owned());
        if self.mood() == Mood::Locked {
            return self.say("535 5.7.8 who are you").await;
        }
        self.say("235 welcome").await
    }

    async fn know(&mut self, line: &str) -> std::io::Result<()> {
        match self.mood() {
            Mood::Refuses => {
                let (_, who) = line.split_once(':').unwrap_or_default();
                self.say(&format!("550 5.1.1 nobody here is called {who}"))
                    .await
            }
            Mood::Later => self.say("451 4.3.0 not now").await,
            Mood::Away => self.say("421 4.3.2 closing").await,
            Mood::Takes | Mood::Silent | Mood::SilentAfterMail | Mood::Locked => {
                self.say("250 well").await
            }
        }
    }

    async fn take(&mut self) -> std::io::Result<()> {
        self.say("354 go on").await?;
        let mut mail = String::new();
        while let Some(line) = self.lines.next_line().await? {
            if line == "." {
                if self.mood() == Mood::SilentAfterMail {
                    return std::future::pending().await;
                }
                locked(self.state).mails.push(mail);
                return self.say("250 taken").await;
            }
            mail.push_str(line.strip_prefix('.').unwrap_or(&line));
            mail.push_str("\r\n");
        }
        Ok(())
    }
}
