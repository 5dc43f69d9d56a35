//! Trace context crosses every hop: a handler's log lines carry its entry's trace id.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use streamward::{Delivery, Outcome, TraceParent, send};
use tracing_subscriber::fmt::MakeWriter;

use crate::{harness::Harness, messages::Shipment};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("no test panics while it holds the lock")
            .write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_handlers_log_lines_and_messages_carry_its_trace() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(log.clone());
    // For the whole process: a subscriber of one thread does not see what another test's thread
    // was first to reach, because whether a place is of interest is remembered for all threads.
    tracing::subscriber::set_global_default(subscriber.finish()).expect("the only subscriber");
    let harness = Harness::new().await;
    let (server, letters) = (
        harness.runtime.server().clone(),
        harness.partition().stream("letters"),
    );
    let stream = letters.clone();
    let act = move |delivery: Delivery| {
        let (mut link, letters) = (server.link(), stream.clone());
        async move {
            tracing::info!("hello from the handler");
            let sent = send(
                &mut link,
                &letters,
                "a",
                delivery.trace(),
                &Shipment { grams: 1 },
            );
            sent.await.expect("written");
            Outcome::Done
        }
    };
    let tree = harness.run(&harness.service(act)).await;
    let trace = TraceParent::start();
    let id = trace.to_string()[3..35].to_owned();
    let mut link = harness.runtime.server().link();
    let order = streamward::Envelope::next(trace);
    let orders = harness.orders();
    streamward::publish(&mut link, &orders, ("Order", 1), "a", &order, &"a")
        .await
        .expect("written");
    harness.calls.until("a", 1).await;
    harness.until_settled().await;
    let text = String::from_utf8(
        log.0
            .lock()
            .expect("no test panics while it holds the lock")
            .clone(),
    )
    .expect("text");
    let said = text
        .lines()
        .find(|line| line.contains("hello from the handler"));
    let said = said.expect("the handler's line");
    assert!(said.contains("delivery{service=\"shipping\""), "{said}");
    assert!(said.contains(&id), "{said}");
    let sent = streamward::inspect::newest(&mut link, &letters, 1).await;
    let sent = sent.expect("it answers").remove(0).trace().to_string();
    assert_eq!(sent[3..35], id);
    assert_ne!(sent, trace.to_string());
    harness.close(tree).await;
}
