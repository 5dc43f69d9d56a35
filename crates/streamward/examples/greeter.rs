//! A service in twenty lines, on a redis-server of its own: `cargo run -p streamward --example greeter`.
//!
//! The first greeting for everybody called Bob panics. Watch the entry come back.

use streamward::{Consumer, Delivery, Handler, Message, Namespace, Outcome, Runtime, Server};
use streamward::{TraceParent, send};
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
        assert!(name != "Bob" || deliveries > 1, "Bob always surprises me");
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
    let runtime = Runtime::open(Server::new(&redis.url())?, &Namespace::default(), 1).await?;
    let (tell, mut told) = tokio::sync::mpsc::channel(8);
    let consumer = Consumer::new("greeter", Greeter(tell)).reads(["greetings"]);
    let tree = consumer.tree(&runtime).await?.start().await?;

    let stream = runtime.partitions()[0].stream("greetings");
    for name in ["Ada", "Bob", "Cleo"] {
        let greeting = Greeting {
            name: name.to_owned(),
        };
        let mut link = runtime.server().link();
        send(&mut link, &stream, name, TraceParent::start(), &greeting).await?;
    }
    for _ in 0..3 {
        println!("{}", told.recv().await.ok_or("the greeter ended")?);
    }
    tree.shutdown().await;
    Ok(())
}
