//! The events of an order: its history as JSON, or server-sent events as they happen.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse as _,
        sse::{Event, KeepAlive, Sse},
    },
};
use contracts::OrderId;
use futures_util::stream;
use serde::Serialize;
use serde_json::Value;
use store::order::{HistoryLine, OrderView};
use streamward::{RawEntry, clock, unpack};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::visible;
use crate::{
    Api,
    auth::principal::Caller,
    http::{Id, List, last_event_id},
    openapi::params::LastEventId,
    order_events::{Refused, Subscription, Wakeup},
    problem::{ApiResult, Problem, kinds},
};

/// Time after which a disconnected client reconnects.
const RETRY: Duration = Duration::from_secs(2);
/// Interval of comments on a silent stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// An event is on its stream a moment before the order service has recorded it in the history: further reads follow
/// a wake-up after these times.
const READ_AGAIN: [Duration; 3] = [
    Duration::from_millis(60),
    Duration::from_millis(300),
    Duration::from_millis(1500),
];
/// Interval of reads without a wake-up.
const POLL: Duration = Duration::from_secs(15);
/// Maximum duration of a stream; the client then reconnects, which authenticates it again.
const LONGEST: Duration = Duration::from_secs(600);

/// An event of an order. `data` is null once the stream no longer holds the entry.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderEvent)]
struct EventJson {
    #[serde(rename = "type")]
    kind: String,
    stream: String,
    entry: String,
    #[schema(format = DateTime)]
    at: String,
    #[schema(value_type = Option<Object>)]
    data: Option<Value>,
}

/// Shows the events of an order: all of them as JSON, or as they happen with `Accept: text/event-stream`.
///
/// The stream ends with the order; 204 says that all events have been sent.
#[utoipa::path(
    get, path = "/v1/orders/{id}/events", tag = "orders", operation_id = "showOrderEvents",
    security(("bearer" = [])),
    params(("id" = inline(OrderId), Path, description = "The order's id.", example = "01K9ZQ3V4T5X6Y7Z8A9B0C1D2E"), LastEventId),
    responses(
        (status = 200, description = "The events so far, or as they happen.", content(
            (List<EventJson> = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 204, description = "For a stream: there are no more events."),
    ),
    extensions(("x-problems" = json!(["invalid-parameter", "too-many-streams", "no-stream-left"]))),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<OrderId>,
    headers: HeaderMap,
) -> ApiResult {
    let order = visible(&api, &caller, &id).await?;
    let sent = last_event_id::seen(&headers, order.history.len())?;
    if wants_stream(&headers) {
        return stream_events(api, &caller, &order, sent);
    }
    let events = store::order::events(&api.runtime, &order).await?;
    let events: List<EventJson> = events.into_iter().collect();
    Ok(Json(events).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut values = accepted.filter_map(|value| value.to_str().ok());
    values.any(|text| text.contains("text/event-stream"))
}

/// Returns the stream of the events after the first `sent`; 204 when there are none and will be none.
fn stream_events(api: Api, caller: &Caller, order: &OrderView, sent: usize) -> ApiResult {
    if sent >= order.history.len() && has_ended(order) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let customer = &caller.0.customer_id;
    let subscription = api.order_subscriptions.subscribe(&order.id, customer);
    let subscription = subscription.map_err(|why| refusal(&api, why))?;
    let events = EventStream {
        subscription,
        order: order.id.clone(),
        sent,
        waiting: VecDeque::from([Event::default().retry(RETRY)]),
        reads: None,
        until: Instant::now() + LONGEST,
        is_over: false,
        api,
    };
    let events = stream::unfold(events, EventStream::next);
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // Private to one customer.
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, events).into_response())
}

fn refusal(api: &Api, why: Refused) -> Problem {
    match why {
        Refused::Stopping => Problem::unavailable_because("The process is stopping."),
        Refused::Full => Problem::new(&kinds::NO_STREAM_LEFT)
            .detail("Read the order itself, or retry later.")
            .header(header::RETRY_AFTER, "10")
            .expected(),
        Refused::TooMany => Problem::new(&kinds::TOO_MANY_STREAMS)
            .detail("Close one of them first.")
            .with("limit", api.settings.streams_per_customer)
            .header(header::RETRY_AFTER, "10"),
    }
}

/// Returns whether no more events are expected. A late payment may still follow, which the stream does not wait for.
fn has_ended(order: &OrderView) -> bool {
    order.status.is_resolved() && order.payment_status.as_deref() != Some("refunding")
}

/// The stream of one client.
struct EventStream {
    api: Api,
    subscription: Subscription,
    order: OrderId,
    /// Number of events that are sent or waiting.
    sent: usize,
    waiting: VecDeque<Event>,
    /// Number of reads since the last wake-up; `None` before the first read.
    reads: Option<usize>,
    until: Instant,
    is_over: bool,
}

impl EventStream {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some((Ok(event), self));
            }
            if self.is_over || Instant::now() > self.until || !self.wait().await {
                return None;
            }
            // The client reconnects, and receives the problem then.
            if let Err(error) = self.read().await {
                tracing::debug!(%error, order = %self.order, "event stream ended early");
                return None;
            }
        }
    }

    /// Waits until there may be something new; returns whether to go on.
    async fn wait(&mut self) -> bool {
        let Some(reads) = self.reads else {
            self.reads = Some(0);
            return true;
        };
        let timeout = READ_AGAIN.get(reads).copied().unwrap_or(POLL);
        match self.subscription.wait(timeout).await {
            Wakeup::Changed => self.reads = Some(0),
            Wakeup::TimedOut => self.reads = Some(reads.saturating_add(1)),
            Wakeup::Closing => return false,
        }
        true
    }

    async fn read(&mut self) -> store::Result<()> {
        let runtime = &self.api.runtime;
        let Some(mut order) = store::order::find(runtime, &self.order).await? else {
            self.is_over = true;
            return Ok(());
        };
        self.is_over = has_ended(&order);
        if order.history.len() > self.sent {
            order.history.drain(..self.sent);
            for found in store::order::events(runtime, &order).await? {
                self.sent += 1;
                let data = serde_json::to_string(&EventJson::from(found)).unwrap_or_default();
                let event = Event::default().id(self.sent.to_string());
                self.waiting.push_back(event.data(data));
            }
        }
        Ok(())
    }
}

impl From<(HistoryLine, Option<RawEntry>)> for EventJson {
    fn from((line, entry): (HistoryLine, Option<RawEntry>)) -> Self {
        Self {
            at: clock::rfc3339(line.at_ms()),
            data: entry.and_then(|entry| unpack(entry.data()).ok()),
            kind: line.kind,
            stream: line.stream,
            entry: line.entry,
        }
    }
}
