//! A service in twenty lines, on a redis-server of its own: `cargo run -p streamward --example greeter`.
//!
//! The first delivery of the greeting for Bob panics; the second one succeeds.

use streamward::{Consumer, Delivery, Handler, Message, Outcome, Runtime};
use testkit::RedisServer;

#[derive(serde::Serialize, serde::Deserialize)]
struct Greeting {
    name: String,
}

impl Message for Greeting {
    const KIND: &'static str = "Greeting";
}

struct Greeter(tokio::sync::mpsc::Sender<String>);

impl Handler for Greeter {
    type Message = Greeting;

    async fn handle(&self, Greeting { name }: Greeting, delivery: &Delivery) -> Outcome {
        let deliveries = delivery.receipt.deliveries;
        assert!(
            name != "Bob" || deliveries > 1,
            "the first greeting of Bob fails"
        );
        let line = format!("hello, {name} (delivery {deliveries})");
        match self.0.send(line).await {
            Ok(()) => Outcome::Done,
            Err(gone) => Outcome::retry(gone),
        }
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to people")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let redis = RedisServer::start();
    let runtime = Runtime::connect(&redis.url()).await?;
    let (sender, mut received) = tokio::sync::mpsc::channel(8);
    let consumer = Consumer::new("greeter", Greeter(sender)).reads(["greetings"]);
    let tree = consumer.start(&runtime).await?;

    for name in ["Ada", "Bob", "Cleo"] {
        let greeting = Greeting {
            name: name.to_owned(),
        };
        runtime.send("greetings", name, &greeting).await?;
    }
    for _ in 0..3 {
        println!("{}", received.recv().await.ok_or("the greeter ended")?);
    }
    tree.shutdown().await;
    Ok(())
}
