//! An in-process HTTP server of a merchant, with a configurable response.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::local_server::{LocalServer, locked};

/// A received request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// Request line: method and path.
    pub line: String,
    /// Headers by name, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body, unchanged.
    pub body: String,
}

impl ReceivedRequest {
    /// Returns a header's value, or `""`.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

#[derive(Debug, Default)]
struct State {
    /// Status line and headers; `None` means no response.
    response: Option<String>,
    requests: Vec<ReceivedRequest>,
}

/// A server on a free local port. It stops when it is dropped.
#[derive(Debug)]
pub struct Merchant {
    server: LocalServer,
    url: String,
    state: Arc<Mutex<State>>,
}

impl Merchant {
    /// Starts a server with this status line and these headers, each terminated by `\r\n`.
    pub async fn start(status: &str, headers: &str) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let serve = move |stream| serve(stream, Arc::clone(&shared));
        let server = LocalServer::start(serve).await;
        let merchant = Self {
            url: format!("http://{}/hooks", server.address),
            server,
            state,
        };
        merchant.respond_with(status, headers);
        merchant
    }

    /// Returns the URL of its webhook endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes the response.
    pub fn respond_with(&self, status: &str, headers: &str) {
        locked(&self.state).response = Some(format!("{status}\r\n{headers}"));
    }

    /// Receives requests without a response from now on.
    pub fn hang(&self) {
        locked(&self.state).response = None;
    }

    /// Returns all received requests, oldest first.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        locked(&self.state).requests.clone()
    }

    /// Returns the maximum number of concurrent requests.
    pub fn max_concurrent(&self) -> usize {
        self.server.connections().max_concurrent
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut request = ReceivedRequest {
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
        request.headers.insert(name.to_ascii_lowercase(), value);
    }
    let mut body = vec![0; request.header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    let response = {
        let mut state = locked(&state);
        state.requests.push(request);
        state.response.clone()
    };
    match response {
        // Until the client disconnects.
        None => stream.read_u8().await.map(drop),
        Some(response) => {
            let whole =
                format!("HTTP/1.1 {response}connection: close\r\n\r\nsaid <b>so</b>\r\nand more");
            stream.write_all(whole.as_bytes()).await?;
            stream.shutdown().await
        }
    }
}
