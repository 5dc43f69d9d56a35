//! TCP server of a test double: accepts connections on a free local port and counts them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Locks a test double's state, also after a test has panicked.
pub(crate) fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers of connections.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Connections {
    pub(crate) total: usize,
    pub(crate) max_concurrent: usize,
    open: usize,
}

/// A server that stops when it is dropped.
#[derive(Debug)]
pub(crate) struct LocalServer {
    pub(crate) address: SocketAddr,
    connections: Arc<Mutex<Connections>>,
    _accepting: JoinSet<()>,
}

impl LocalServer {
    /// Starts a server that handles each connection with `serve`.
    pub(crate) async fn start<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let connections = Arc::<Mutex<Connections>>::default();
        let counted = Arc::clone(&connections);
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (counted, served) = (Arc::clone(&counted), serve(stream));
                open.spawn(async move {
                    locked(&counted).opened();
                    // A client that disconnects early is no error of the server.
                    let _ = served.await;
                    locked(&counted).open -= 1;
                });
            }
        });
        Self {
            address,
            connections,
            _accepting: accepting,
        }
    }

    pub(crate) fn connections(&self) -> Connections {
        *locked(&self.connections)
    }
}

impl Connections {
    fn opened(&mut self) {
        self.total += 1;
        self.open += 1;
        self.max_concurrent = self.max_concurrent.max(self.open);
    }
}
