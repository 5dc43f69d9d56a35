//! A shop: a private server, the API, and people with roles.

use std::time::Duration;

use api::{Api, Cost, Settings};
use contracts::{Currency, CustomerId, Money, Product};
use serde_json::json;
use store::{
    account::{self, Role, User},
    catalog::{self, Mode},
    inventory,
};
use streamward::{Namespace, RawEntry, Runtime, Server, TraceParent, clock};
use testkit::RedisServer;

use super::{Client, Counters, Reply};

pub(crate) const SECRET: &str = "whsec_test";
pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct Shop {
    pub(crate) redis: RedisServer,
    pub(crate) runtime: Runtime,
    pub(crate) api: Api,
}

impl Shop {
    /// An empty shop.
    pub(crate) async fn open() -> Self {
        let redis = RedisServer::start();
        let server = Server::new(&redis.url()).unwrap();
        let runtime = Runtime::open(server, &Namespace::default(), 1)
            .await
            .unwrap();
        let api = Self::api(&runtime).await;
        Self {
            redis,
            runtime,
            api,
        }
    }

    /// A shop that sells `mug-01` (19.90 EUR) and `tea-01` (4.50 EUR), ten of each.
    pub(crate) async fn stocked() -> Self {
        let mut shop = Self::open().await;
        for (id, price) in [("mug-01", 1990), ("tea-01", 450)] {
            shop.sell(id, price, Currency::EUR).await;
            let id = id.parse().unwrap();
            inventory::adjust_stock(&shop.runtime, &id, 10, TraceParent::start())
                .await
                .unwrap();
        }
        shop.api = Self::api(&shop.runtime).await;
        shop
    }

    async fn api(runtime: &Runtime) -> Api {
        Self::api_with(runtime, Settings::new(SECRET)).await
    }

    async fn api_with(runtime: &Runtime, settings: Settings) -> Api {
        Self::api_showing(runtime, settings, || "streamward_up 1\n".to_owned()).await
    }

    async fn api_showing(
        runtime: &Runtime,
        settings: Settings,
        metrics: impl Fn() -> String + Send + Sync + 'static,
    ) -> Api {
        Api::open(runtime.clone(), settings, metrics).await.unwrap()
    }

    /// Puts a product into Redis, past this process' read model.
    pub(crate) async fn sell(&self, id: &str, price: i64, currency: Currency) {
        let price = Money::new(price, currency);
        let product = Product::new(id.parse().unwrap(), format!("The {id}"), price);
        catalog::put_product(&self.runtime, &product, Mode::Put, TraceParent::start())
            .await
            .unwrap();
    }

    /// Takes over what was put past the read model.
    pub(crate) async fn reopen(&mut self) {
        self.api = Self::api(&self.runtime).await;
    }

    /// The same shop with other settings.
    pub(crate) async fn reopen_with(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = Settings::new(SECRET);
        change(&mut settings);
        self.api = Self::api_with(&self.runtime, settings).await;
    }

    /// Another API process of the same shop.
    pub(crate) async fn neighbour(&self, change: impl FnOnce(&mut Settings)) -> Api {
        let mut settings = Settings::new(SECRET);
        change(&mut settings);
        Self::api_with(&self.runtime, settings).await
    }

    /// A stocked shop whose password hashes cost next to nothing, with other settings.
    pub(crate) async fn quick(change: impl FnOnce(&mut Settings)) -> Self {
        let mut shop = Self::stocked().await;
        shop.reopen_with(|settings| {
            settings.password_cost = Cost {
                memory_kib: 64,
                passes: 1,
            };
            change(settings);
        })
        .await;
        shop
    }

    /// The same shop with other settings, whose `/metrics` shows these.
    pub(crate) async fn count_in(
        &mut self,
        counters: &Counters,
        change: impl FnOnce(&mut Settings),
    ) {
        let mut settings = Settings::new(SECRET);
        change(&mut settings);
        self.api = Self::api_showing(&self.runtime, settings, counters.shown()).await;
    }

    /// Registers `email` with the password `correct horse`.
    pub(crate) async fn register(&self, email: &str) {
        let who = json!({ "email": email, "password": PASSWORD, "name": "Ada" });
        self.visitor()
            .post("/v1/auth/register", who)
            .await
            .expect(201);
    }

    /// The answer to a login with this password.
    pub(crate) async fn login(&self, email: &str, password: &str) -> Reply {
        let who = json!({ "email": email, "password": password });
        self.visitor().post("/v1/auth/login", who).await
    }

    /// Logs a registered user in and returns its client.
    pub(crate) async fn member(&self, email: &str) -> Client {
        let login = self.login(email, PASSWORD).await.expect(200).body();
        Client {
            token: login["token"].as_str().map(ToOwned::to_owned),
            ..self.visitor()
        }
    }

    pub(crate) fn visitor(&self) -> Client {
        Client {
            router: self.api.router(),
            token: None,
            id: None,
        }
    }

    pub(crate) async fn customer(&self) -> Client {
        self.person(&[Role::Customer]).await
    }

    pub(crate) async fn admin(&self) -> Client {
        self.person(&[Role::Admin]).await
    }

    pub(crate) async fn operator(&self) -> Client {
        self.person(&[Role::Operator]).await
    }

    /// Returns a client with a session of a new account. Its password is not hashed, which saves time.
    pub(crate) async fn person(&self, roles: &[Role]) -> Client {
        self.guest(roles, Duration::from_secs(60)).await
    }

    /// Returns a client with a session that lasts for `ttl`.
    pub(crate) async fn guest(&self, roles: &[Role], ttl: Duration) -> Client {
        let user = User {
            customer_id: CustomerId::new(clock::now_ms(), rand::random()),
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            phone: None,
            password_hash: String::new(),
            roles: roles.to_vec(),
        };
        let token = format!("sw_{}", hex::encode(rand::random::<[u8; 32]>()));
        account::open_session(&self.runtime, &token, &user, ttl)
            .await
            .unwrap();
        Client {
            router: self.api.router(),
            token: Some(token),
            id: Some(user.customer_id),
        }
    }

    /// Returns the entries of a stream, or of a context's topics, of the first partition.
    pub(crate) async fn entries(&self, stream: &str) -> Vec<RawEntry> {
        testkit::entries(&self.runtime, stream).await
    }
}
