//! SMS API in the test's process.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// Head and body of every request.
pub(crate) type Requests = Arc<Mutex<Vec<(String, String)>>>;

/// An API with one response to all requests; none while it is empty.
pub(crate) struct SmsServer {
    pub(crate) url: String,
    pub(crate) requests: Requests,
    response: Arc<Mutex<String>>,
    _acceptor: JoinSet<()>,
}

impl SmsServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, response) = (Requests::default(), Arc::default());
        let mut acceptor = JoinSet::new();
        acceptor.spawn(receive(
            listener,
            Arc::clone(&requests),
            Arc::clone(&response),
        ));
        Self {
            url: format!("http://{address}/2010-04-01/Accounts/AC1/Messages.json"),
            requests,
            response,
            _acceptor: acceptor,
        }
    }

    /// Sets the response: status, headers and body.
    pub(crate) fn respond(&self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        *self.response.lock().unwrap() = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        );
    }
}

async fn receive(listener: TcpListener, requests: Requests, response: Arc<Mutex<String>>) {
    let mut connections = JoinSet::new();
    while let Ok((connection, _)) = listener.accept().await {
        connections.spawn(serve(
            connection,
            Arc::clone(&requests),
            Arc::clone(&response),
        ));
    }
}

async fn serve(connection: TcpStream, requests: Requests, response: Arc<Mutex<String>>) {
    let mut stream = BufReader::new(connection);
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
    let response = response.lock().unwrap().clone();
    if response.is_empty() {
        std::future::pending::<()>().await;
    }
    stream.write_all(response.as_bytes()).await.unwrap();
}
