//! Mail to the administrators: low stock, and disabled webhooks.
//!
//! The inventory's scripts write a product's low stock once, until it was above the threshold again: when
//! units are sold, returned or adjusted, and per partition. No mark says that an alert was sent: a crash
//! before its settling repeats it, with the same Message-ID.

use contracts::event::{LowStock, WebhookDisabled};
use streamward::{Delivery, Outcome};

use crate::{
    Content, Mail, MessageId, NotificationHandler, Notifier, Recipient, message::event_id,
};

/// Alerts to the administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminAlerts {
    /// Recipients of every alert.
    pub admins: Vec<Recipient>,
}

impl<N: Notifier> NotificationHandler<N> {
    pub(crate) async fn report_low_stock(
        &self,
        alerts: &AdminAlerts,
        event: &LowStock,
        delivery: &Delivery,
    ) -> Outcome {
        let id = MessageId {
            subject: event.product_id.to_string(),
            kind: "lowStock",
            nth: Some(event_id(delivery)),
        };
        let content = Content::low_stock(event, self.settings.language);
        self.alert(alerts, &id, &content).await
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
        self.alert(alerts, &id, &content).await
    }

    async fn alert(&self, alerts: &AdminAlerts, id: &MessageId, content: &Content) -> Outcome {
        let to = alerts.admins.clone();
        match self.notifier.mail(&Mail { id, to, content }).await {
            Ok(()) => Outcome::Done,
            Err(error) => error.into(),
        }
    }
}
