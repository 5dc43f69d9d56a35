//! An outage of a redis-server: its socket refuses, and counts who tries.

use std::path::PathBuf;

use tokio::net::UnixListener;

/// The place of a killed redis-server: every connection is closed at once.
///
/// Counted attempts are a clock for tests of clients that wait: no sleep is needed to know that they
/// have tried often.
#[derive(Debug)]
pub struct Outage {
    listener: UnixListener,
    socket: PathBuf,
}

impl Outage {
    /// Takes the place of a server that has been killed.
    pub(crate) fn at(socket: PathBuf) -> Self {
        // The killed server has left it behind.
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket);
        Self {
            listener: listener.unwrap_or_else(|error| panic!("{}: {error}", socket.display())),
            socket,
        }
    }

    /// Waits for this many attempts to connect.
    pub async fn attempts(&self, count: usize) {
        for _ in 0..count {
            let accepted = self.listener.accept().await;
            drop(accepted.unwrap_or_else(|error| panic!("an attempt to connect: {error}")));
        }
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
    }
}
