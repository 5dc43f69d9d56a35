//! Notification handler on a private redis-server, and events for it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use contracts::{
    CustomerId, OrderDocument, OrderId, PaymentId, Service,
    event::{
        Failure, LowStock, NotificationSent, OrderConfirmed, OrderPaymentFailed,
        PasswordResetRequested,
    },
};
use notification_worker::{
    AdminAlerts, NotificationHandler, Outbox, Recipient, RemoteNotifier, Settings, SmsApi, Smtp,
};
use serde::de::DeserializeOwned;
use store::password_reset::{PasswordReset, redeem_token};
use streamward::{Delivery, Outcome, RawEntry};
use tempfile::TempDir;
use testkit::{MailServer, TestShop, new_order_id, order_document};

/// The handler, and the folder of its outbox.
pub(crate) struct Harness {
    pub(crate) shop: TestShop,
    outbox: TempDir,
    handler: NotificationHandler<RemoteNotifier>,
}

impl Harness {
    /// Starts a handler that sends mail to `smtp`, with alerts to `admins`, if any.
    pub(crate) async fn with_alerts(smtp: Option<Smtp>, admins: &[&str]) -> Self {
        let admins: Vec<_> = admins
            .iter()
            .map(|one| Recipient::parse(one).unwrap())
            .collect();
        let settings = Settings {
            admin_alerts: (!admins.is_empty()).then_some(AdminAlerts { admins }),
            ..Settings::default()
        };
        Self::with(smtp, None, settings).await
    }

    /// Starts a handler that sends mail to `smtp` and SMS to `sms`, or else to the outbox.
    pub(crate) async fn start(smtp: Option<Smtp>, sms: Option<SmsApi>) -> Self {
        Self::with(smtp, sms, Settings::default()).await
    }

    async fn with(smtp: Option<Smtp>, sms: Option<SmsApi>, settings: Settings) -> Self {
        let shop = TestShop::start(Service::Notification).await;
        let outbox = TempDir::new().unwrap();
        let folder = Outbox::open(outbox.path().to_owned()).unwrap();
        let notifier = RemoteNotifier::new(folder, "The Shop <shop@shop.test>").unwrap();
        let notifier = Arc::new(notifier.smtp(smtp).sms_api(sms));
        Self {
            handler: NotificationHandler::new(shop.runtime().clone(), notifier, settings),
            shop,
            outbox,
        }
    }

    /// Delivers a confirmed order of a customer with or without a phone.
    pub(crate) async fn order_confirmed(&self, phone: Option<&str>) -> Delivery {
        let order_id = new_order_id();
        let event = OrderConfirmed {
            payment_id: PaymentId::of(&order_id),
            order: document(phone),
            order_id,
        };
        let key = event.order_id.as_str();
        self.shop.deliver("orders", key, &event).await
    }

    /// Delivers a failed charge of `order`.
    pub(crate) async fn payment_failed(&self, order: &OrderId) -> Delivery {
        let event = OrderPaymentFailed {
            order_id: order.clone(),
            failure: Failure {
                code: "card_declined".to_owned(),
                message: "Your card was declined.".to_owned(),
            },
            pay_url: Some("https://pay.test/pi_1".to_owned()),
            order: document(None),
        };
        self.shop.deliver("orders", order.as_str(), &event).await
    }

    /// Delivers the low stock of `mug-01`.
    pub(crate) async fn low_stock(&self, available: i64) -> Delivery {
        let event = LowStock {
            product_id: "mug-01".parse().unwrap(),
            available,
            reserved: 1,
            sold: 1,
            threshold: 5,
        };
        self.shop.deliver("inventory", "mug-01", &event).await
    }

    /// Delivers the request of a mail with a link.
    pub(crate) async fn password_reset(&self) -> Delivery {
        let event = PasswordResetRequested {
            customer_id: CustomerId::new(1, 1),
            email: "ada@example.com".to_owned(),
            name: "Ada\nLovelace".to_owned(),
            password_version: "3f1c0a9be5d24c77".to_owned(),
            page: "https://shop.test/reset".to_owned(),
        };
        self.shop
            .deliver("notification:inbox", "customer", &event)
            .await
    }

    /// Takes the account behind a token.
    pub(crate) async fn redeem(&self, token: &str) -> Option<PasswordReset> {
        redeem_token(self.shop.runtime(), token).await.unwrap()
    }

    pub(crate) async fn handle(&self, delivery: &Delivery) -> Outcome {
        testkit::handle(&self.handler, delivery).await
    }

    /// Returns the files of the outbox by name.
    pub(crate) fn outbox(&self) -> BTreeMap<String, String> {
        files(self.outbox.path())
    }

    /// Deletes the marks of an order and returns their number.
    pub(crate) async fn delete_marks(&self, order: &OrderId) -> u64 {
        let partition = self.shop.partition();
        let key = partition.key(&["notification", "sent", order.as_str()]);
        let source = "local n = redis.call('HLEN', KEYS[1]) redis.call('DEL', KEYS[1]) return {'DELETED', n}";
        self.shop.eval(source, &[key], &[]).await
    }

    /// Returns the service's `NotificationSent` events, oldest first.
    pub(crate) async fn sent(&self) -> Vec<NotificationSent> {
        self.events().await
    }

    /// Returns the service's events, all of which have this type.
    pub(crate) async fn events<E: DeserializeOwned>(&self) -> Vec<E> {
        let entries = self.shop.entries("notifications").await;
        let unpack = |entry: &RawEntry| streamward::unpack(entry.data()).unwrap();
        entries.iter().map(unpack).collect()
    }
}

/// Returns a client of the mail server.
pub(crate) fn smtp(server: &MailServer) -> Smtp {
    Smtp::new(&format!("smtp://{}", server.address())).unwrap()
}

fn document(phone: Option<&str>) -> OrderDocument {
    let mut document = order_document();
    document.contact.name = "Ada & \"Söhne\"".to_owned();
    document.contact.phone = phone.map(str::to_owned);
    document
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let all = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    all.map(|file| {
        let text = std::fs::read_to_string(file.path()).unwrap();
        (file.file_name().to_string_lossy().into_owned(), text)
    })
    .collect()
}

/// Returns the Message-ID of a mail.
pub(crate) fn message_id(mail: &str) -> &str {
    let line = mail
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: "));
    line.expect("a mail has a Message-ID")
}
