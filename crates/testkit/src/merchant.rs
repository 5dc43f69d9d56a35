//! A merchant's HTTP server in the test's process, which answers as it is told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Method and path.
    pub line: String,
    /// Headers by name, in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, byte by byte.
    pub body: String,
}

impl Post {
    /// A header's value, or `""`.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

#[derive(Debug, Default)]
struct State {
    /// Status line and headers; without one it never answers.
    answer: Option<String>,
    posts: Vec<Post>,
    inside: usize,
    most_inside: usize,
}

/// A server on a port of its own. It stops when it is dropped.
#[derive(Debug)]
pub struct Merchant {
    url: String,
    state: Arc<Mutex<State>>,
    _doorman: JoinSet<()>,
}

impl Merchant {
    /// Starts one that answers with this status line and these headers, each of them ended by `\r\n`.
    pub async fn start(status: &str, headers: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let mut doorman = JoinSet::new();
        doorman.spawn(receive(listener, Arc::clone(&state)));
        let merchant = Self {
            url: format!("http://{address}/hooks"),
            state,
            _doorman: doorman,
        };
        merchant.answers(status, headers);
        merchant
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on it answers so.
    pub fn answers(&self, status: &str, headers: &str) {
        self.state().answer = Some(format!("{status}\r\n{headers}"));
    }

    /// From now on it takes requests and says nothing.
    pub fn hangs(&self) {
        self.state().answer = None;
    }

    /// Everything it was sent, oldest first.
    pub fn posts(&self) -> Vec<Post> {
        self.state().posts.clone()
    }

    /// How many requests it had at a time.
    pub fn most_inside(&self) -> usize {
        self.state().most_inside
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
                now.inside += 1;
                now.most_inside = now.most_inside.max(now.inside);
            }
            // A visitor who leaves in the middle is no fault of the server's.
            let _ = serve(visitor, &state).await;
            locked(&state).inside -= 1;
        });
    }
}

async fn serve(visitor: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(visitor);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut post = Post {
        line: line.trim().to_owned(),
        headers: BTreeMap::new(),
        body: String::new(),
    };
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        let value = value.trim().to_owned();
        post.headers.insert(name.to_ascii_lowercase(), value);
    }
    let mut body = vec![0; post.header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    post.body = String::from_utf8_lossy(&body).into_owned();
    let answer = {
        let mut now = locked(state);
        now.posts.push(post);
        now.answer.clone()
    };
    match answer {
        // Until the visitor gives up.
        None => stream.read_u8().await.map(drop),
        Some(answer) => {
            let whole =
                format!("HTTP/1.1 {answer}connection: close\r\n\r\nsaid <b>so</b>\r\nand more");
            stream.write_all(whole.as_bytes()).await?;
            stream.shutdown().await
        }
    }
}
