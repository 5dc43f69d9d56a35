//! Webhooks, their deliveries and attempts.

use std::time::Duration;

use contracts::{
    DeliveryId, EventSelection, EventType, OrderId, Service, WebhookId,
    event::{DisableReason, WebhookAttempt},
};
use store::webhook::{
    self, Attempt, AttemptEnd, AttemptLog, AttemptOutcome, AttemptReport, AttemptStart, Circuit,
    DeliveryLog, OutgoingEvent, Subscription,
};
use streamward::{Delivery, clock, unpack};

use super::{Effect, Shop};

pub(crate) const BODY: &str = r#"{"type":"order.confirmed"}"#;
pub(crate) const CIRCUIT: Circuit = Circuit {
    room: 2,
    opens: 3,
    lease: Duration::from_secs(60),
};

pub(crate) fn subscription() -> Subscription {
    let now = clock::now_ms();
    Subscription {
        id: WebhookId::new(now, rand::random()),
        url: "https://shop.example/hooks".to_owned(),
        event_types: EventSelection::All,
        description: Some("Zoë's".to_owned()),
        enabled: true,
        disabled: None,
        created_at: now,
    }
}

fn made(error: Option<&str>) -> AttemptLog {
    AttemptLog {
        at: clock::now_ms(),
        took: 10,
        status: Some(error.map_or(200, |_| 500)),
        error: error.map(str::to_owned),
    }
}

impl Shop {
    /// Adds a webhook for all events.
    pub(crate) async fn webhook(&self) -> Subscription {
        let webhook = subscription();
        let added = webhook::add_webhook(&self.runtime, &webhook, "whsec_AAAA").await;
        assert!(added.unwrap());
        webhook
    }

    /// Tells the webhooks of an event; says whether that was the first time, and what it did.
    pub(crate) async fn fan_out(
        &self,
        order: &OrderId,
        event_id: &str,
        to: &[Subscription],
    ) -> (bool, Effect) {
        let cause = self.about(order, "orders", Service::Webhook).await;
        let news = OutgoingEvent {
            event_id,
            event_type: EventType::OrderConfirmed,
            body: BODY,
        };
        let run = |step| webhook::fan_out_event(step, &news, to);
        self.step(&cause, order, false, run).await
    }

    /// Reads the webhook service's inbox as deliveries.
    pub(crate) async fn attempts(&self) -> Vec<(Delivery, WebhookAttempt)> {
        let inbox = self.partition().inbox("webhook");
        let all = self.deliveries(&inbox, Service::Webhook).await;
        let read = |delivery: Delivery| {
            let message = unpack(delivery.entry.data()).unwrap();
            (delivery, message)
        };
        all.into_iter().map(read).collect()
    }

    /// The jobs of the webhook service's delay queue, delivered as if they were due.
    pub(crate) async fn overdue(&self) -> Vec<(Delivery, WebhookAttempt)> {
        let queue = self.partition().delayed("webhook");
        let jobs: Vec<String> = self.redis(&["ZRANGE", &queue, "0", "-1"]).await;
        let data = self.partition().delayed_data("webhook");
        for job in &jobs {
            let packed: Vec<u8> = self.redis(&["HGET", &data, job]).await;
            let mut add = redis::cmd("XADD");
            add.arg(self.partition().inbox("webhook")).arg("*");
            add.arg("type")
                .arg("WebhookAttempt")
                .arg("data")
                .arg(packed);
            add.query_async::<String>(&mut self.link()).await.unwrap();
            let _: i64 = self.redis(&["ZREM", &queue, job]).await;
        }
        self.attempts().await
    }

    pub(crate) async fn begin(
        &self,
        (delivery, message): &(Delivery, WebhookAttempt),
    ) -> AttemptStart {
        let attempt = Attempt::new(&self.runtime, delivery, message);
        attempt.unwrap().begin(&CIRCUIT, 0.5).await.unwrap()
    }

    pub(crate) async fn finish(
        &self,
        (delivery, message): &(Delivery, WebhookAttempt),
        fate: AttemptOutcome,
        rest: Duration,
    ) -> AttemptEnd {
        let error = (fate != AttemptOutcome::Delivered).then_some("answered 500");
        let leave = AttemptReport {
            fate,
            made: made(error),
            host: "shop.example",
            rest,
        };
        let attempt = Attempt::new(&self.runtime, delivery, message);
        attempt.unwrap().finish(&leave).await.unwrap()
    }

    pub(crate) async fn take(&self, attempt: &(Delivery, WebhookAttempt)) -> AttemptEnd {
        self.finish(attempt, AttemptOutcome::Delivered, Duration::ZERO)
            .await
    }

    pub(crate) async fn fail(&self, attempt: &(Delivery, WebhookAttempt)) -> AttemptEnd {
        let fate = AttemptOutcome::Retry(Duration::from_secs(5));
        self.finish(attempt, fate, Duration::ZERO).await
    }

    pub(crate) async fn give_up(
        &self,
        attempt: &(Delivery, WebhookAttempt),
        reason: DisableReason,
    ) -> AttemptEnd {
        let fate = AttemptOutcome::Disable(reason);
        self.finish(attempt, fate, Duration::ZERO).await
    }

    /// The log of a webhook, newest first.
    pub(crate) async fn log(&self, webhook: &Subscription) -> Vec<(DeliveryId, DeliveryLog)> {
        let log = webhook::deliveries(&self.runtime, &webhook.id, 100).await;
        log.unwrap()
    }
}
