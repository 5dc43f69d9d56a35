//! Mail to the administrators: low stock, and disabled webhooks.
//!
//! A product is reported once, until its stock was above the threshold again. Stock is observed when
//! units are sold, returned or adjusted - a reservation alone emits no level - and per partition. The
//! report of a webhook is not marked as sent: a crash before its settling repeats it, with the same
//! Message-ID.

use contracts::event::{InventoryUpdated, LowStockReported, WebhookDisabled};
use store::notification::StockObservation;
use streamward::{Cause, Delivery, Outcome};

use crate::{Content, Mail, MessageId, NotificationHandler, Notifier, Recipient, SendError};

/// Alerts to the administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminAlerts {
    /// Low-stock threshold of products that have none of their own, in units.
    pub low_stock_threshold: u32,
    /// Recipients of every alert.
    pub admins: Vec<Recipient>,
}

impl<N: Notifier> NotificationHandler<N> {
    pub(crate) async fn report_low_stock(
        &self,
        alerts: &AdminAlerts,
        event: &InventoryUpdated,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let Some(observation) = StockObservation::new(&self.runtime, delivery) else {
            let stream = &delivery.receipt.stream;
            let cause = format!("stock levels in the stream {stream}");
            return Ok(Outcome::dead(Cause::new(cause)));
        };
        let default = alerts.low_stock_threshold;
        for level in observation
            .observe_stock_levels(&event.levels, default)
            .await?
        {
            let threshold = level.low_stock.unwrap_or(default);
            let id = MessageId {
                subject: level.product_id.to_string(),
                kind: "lowStock",
                nth: Some(observation.seen().to_owned()),
            };
            let content = Content::low_stock(level, threshold, self.settings.language);
            if let Err(error) = self.alert(alerts, &id, &content).await {
                return Ok(error.into());
            }
            let reported = LowStockReported {
                product_id: level.product_id.clone(),
                available: level.available,
                threshold,
            };
            observation
                .mark_reported(&level.product_id, &reported)
                .await?;
        }
        Ok(Outcome::Done)
    }

    pub(crate) async fn report_disabled_webhook(
        &self,
        alerts: &AdminAlerts,
        event: &WebhookDisabled,
    ) -> Outcome {
        let id = MessageId {
            subject: event.webhook_id.to_string(),
            kind: "webhookDisabled",
            nth: Some(event.delivery_id.to_string()),
        };
        let content = Content::webhook_disabled(event, self.settings.language);
        match self.alert(alerts, &id, &content).await {
            Ok(()) => Outcome::Done,
            Err(error) => error.into(),
        }
    }

    async fn alert(
        &self,
        alerts: &AdminAlerts,
        id: &MessageId,
        content: &Content,
    ) -> Result<(), SendError> {
        let to = alerts.admins.clone();
        self.notifier.mail(&Mail { id, to, content }).await
    }
}
