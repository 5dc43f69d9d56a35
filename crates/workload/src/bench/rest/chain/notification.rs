//! The notification service: mail and SMS through the shop's own notifier and templates.

use std::sync::Arc;

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::put,
};
use contracts::{
    OrderDocument, OrderId, PaymentId,
    event::{NotificationKind, OrderConfirmed},
};
use notification_worker::{
    Content, Language, Mail, MessageId, Notifier as _, OrderEvent, Outbox, Recipient,
    RemoteNotifier, Sms, SmsApi,
};
use streamward::Runtime;

use super::{ChainSettings, Unavailable};

struct Notifications {
    runtime: Runtime,
    notifier: RemoteNotifier,
}

pub(super) fn router(runtime: Runtime, settings: &ChainSettings) -> Result<Router> {
    let sms_api = SmsApi::new(&settings.sms_api, "bench", "bench", "+15550100")?;
    let outbox = Outbox::open(settings.outbox.clone())?;
    let notifier = RemoteNotifier::new(outbox, "Shop <shop@example.com>")?;
    let notifications = Notifications {
        runtime,
        notifier: notifier.sms_api(Some(sms_api)),
    };
    Ok(Router::new()
        .route("/notifications/{order}", put(notify))
        .with_state(Arc::new(notifications)))
}

/// Notifies the customer, at least once: the mark follows the message.
async fn notify(
    State(notifications): State<Arc<Notifications>>,
    Path(order): Path<OrderId>,
    Json(document): Json<OrderDocument>,
) -> Result<StatusCode, Unavailable> {
    let Notifications { runtime, notifier } = &*notifications;
    let key = runtime.partitions()[0].key(&["rest", "notified", order.as_str()]);
    let mut link = runtime.server().link();
    if redis::cmd("EXISTS")
        .arg(&key)
        .query_async(&mut link)
        .await?
    {
        return Ok(StatusCode::OK);
    }
    let event = OrderEvent::Confirmed(OrderConfirmed {
        payment_id: PaymentId::of(&order),
        order_id: order,
        order: document,
    });
    let content = Content::for_customer(&event, Language::default());
    let contact = &event.document().contact;
    let id = MessageId {
        subject: event.order_id().to_string(),
        kind: NotificationKind::OrderConfirmed.name(),
        nth: None,
    };
    let to = vec![Recipient {
        name: Some(contact.name.clone()),
        address: contact.email.clone(),
    }];
    let mail = Mail {
        id: &id,
        to,
        content: &content,
    };
    notifier.mail(&mail).await?;
    if let Some(to) = contact.phone.as_deref() {
        let text = &content.sms;
        notifier.sms(&Sms { id: &id, to, text }).await?;
    }
    let () = redis::cmd("SET")
        .arg(&key)
        .arg(1)
        .query_async(&mut link)
        .await?;
    Ok(StatusCode::OK)
}
