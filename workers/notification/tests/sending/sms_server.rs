//! An SMS API in the test's process.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What came in: the head and the body of every request.
pub(crate) type Requests = Arc<Mutex<Vec<(String, String)>>>;

/// An API that gives every request the same answer; none when it is empty.
pub(crate) struct SmsServer {
    pub(crate) url: String,
    pub(crate) requests: Requests,
    answer: Arc<Mutex<String>>,
    _doorman: JoinSet<()>,
}

impl SmsServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, answer) = (Requests::default(), Arc::default());
        let mut doorman = JoinSet::new();
        doorman.spawn(receive(
            listener,
            Arc::clone(&requests),
            Arc::clone(&answer),
        ));
        Self {
            url: format!("http://{address}/2010-04-01/Accounts/AC1/Messages.json"),
            requests,
            answer,
            _doorman: doorman,
        }
    }

    /// From now on it answers so: a status line, headers, and a body.
    pub(crate) fn answers(&self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        *self.answer.lock().unwrap() = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        );
    }
}

async fn receive(listener: TcpListener, requests: Requests, answer: Arc<Mutex<String>>) {
    let mut visitors = JoinSet::new();
    while let Ok((visitor, _)) = listener.accept().await {
        visitors.spawn(serve(visitor, Arc::clone(&requests), Arc::clone(&answer)));
    }
}

async fn serve(visitor: TcpStream, requests: Requests, answer: Arc<Mutex<String>>) {
    let mut stream = BufReader::new(visitor);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let body = String::from_utf8(body).unwrap();
    requests.lock().unwrap().push((head, body));
    let answer = answer.lock().unwrap().clone();
    if answer.is_empty() {
        std::future::pending::<()>().await;
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
}
