//! Sends one greeting and receives it, through the packaged crates alone.

use std::time::Duration;

use streamward::{Consumer, Delivery, Handler, Message, Outcome, Runtime};
use tokio::sync::mpsc;

#[derive(serde::Serialize, serde::Deserialize)]
struct Greeting {
    name: String,
}

impl Message for Greeting {
    const KIND: &'static str = "Greeting";
}

struct Greeter(mpsc::Sender<String>);

impl Handler for Greeter {
    type Message = Greeting;

    async fn handle(&self, greeting: Greeting, _: &Delivery) -> Outcome {
        match self.0.send(greeting.name).await {
            Ok(()) => Outcome::Done,
            Err(closed) => Outcome::retry(closed),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: outside <redis url>")?;
    let runtime = Runtime::connect(&url).await?;
    let (sender, mut received) = mpsc::channel(1);
    let greeter = Consumer::new("greeter", Greeter(sender)).reads(["greetings"]);
    let tree = greeter.start(&runtime).await?;

    let name = "Ada".to_owned();
    runtime.send("greetings", "ada", &Greeting { name }).await?;
    let received = tokio::time::timeout(Duration::from_secs(10), received.recv()).await?;
    tree.shutdown().await;
    match received.as_deref() {
        Some("Ada") => println!("received the greeting of Ada"),
        other => return Err(format!("received {other:?}").into()),
    }
    Ok(())
}
