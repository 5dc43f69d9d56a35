//! What happened to an order: as JSON, or as it happens.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
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
    http::last_event_id,
    http::page::List,
    openapi::params::LastEventId,
    order_events::{Refused, Subscription, Woken},
    problem::{Problem, kinds},
};

/// How soon a client may come back that was cut off.
const RETRY: Duration = Duration::from_secs(2);
/// How often a silent stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// An answer to the order is on a stream a moment before the order service has noted it, so one looks
/// again after these times.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(60),
    Duration::from_millis(300),
    Duration::from_millis(1500),
];
/// Without a call one looks as seldom as this.
const SELDOM: Duration = Duration::from_secs(15);
/// Then the client comes back, and shows again who it is.
const LONGEST: Duration = Duration::from_secs(600);

/// One thing that happened to an order. `data` is null once the stream no longer holds the entry.
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

/// Tells what happened to an order: all of it as JSON, or with `Accept: text/event-stream` as it happens.
///
/// As a stream it ends with the order's story; 204 says that it is over and all was told.
#[utoipa::path(
    get,
    path = "/v1/orders/{id}/events",
    tag = "orders",
    operation_id = "showOrderEvents",
    security(("bearer" = [])),
    params(("id" = inline(OrderId), Path, description = "The order's id.", example = "01K9ZQ3V4T5X6Y7Z8A9B0C1D2E"), LastEventId),
    responses(
        (status = 200, description = "What happened so far, or what happens.", content(
            (List<EventJson> = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 204, description = "To who asked for a stream: there is nothing more to tell."),
    ),
    extensions(("x-problems" = json!(["invalid-parameter", "too-many-streams", "no-stream-left"]))),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let order = visible(&api, &caller, &id).await?;
    let sent = last_event_id::seen(&headers, order.history.len())?;
    if wants_stream(&headers) {
        return tell(api, &caller, &order, sent);
    }
    let events = store::order::events(api.runtime(), &order).await?;
    let events: List<EventJson> = events.into_iter().collect();
    Ok(Answer(events).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut words = accepted.filter_map(|value| value.to_str().ok());
    words.any(|text| text.contains("text/event-stream"))
}

/// The stream of the events behind the first `sent`; 204 when there are none and will be none.
fn tell(api: Api, caller: &Caller, order: &OrderView, sent: usize) -> Result<Response, Problem> {
    if sent >= order.history.len() && has_ended(order) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let listener = api
        .order_subscriptions()
        .listen(&order.id, &caller.0.customer_id);
    let listener = listener.map_err(|why| refusal(&api, why))?;
    let telling = Telling {
        listener,
        order: order.id.clone(),
        sent,
        waiting: VecDeque::from([Event::default().retry(RETRY)]),
        looks: None,
        until: Instant::now() + LONGEST,
        is_over: false,
        api,
    };
    let events = stream::unfold(telling, Telling::next);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    // The stream is one customer's: nobody on the way keeps it.
    let nobody = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((nobody, Sse::new(events).keep_alive(keep_alive)).into_response())
}

fn refusal(api: &Api, why: Refused) -> Problem {
    let limit = match why {
        Refused::Stopping => {
            let problem = "The process is stopping.";
            return Problem::unavailable(problem).detail(problem).expected();
        }
        Refused::Full => {
            return Problem::new(&kinds::NO_STREAM_LEFT)
                .detail("Ask for the order itself, or come back later.")
                .header(header::RETRY_AFTER, "10")
                .expected();
        }
        Refused::TooMany => api.settings().streams_per_customer,
    };
    Problem::new(&kinds::TOO_MANY_STREAMS)
        .detail("Close one of them first.")
        .with("limit", limit)
        .header(header::RETRY_AFTER, "10")
}

/// Whether nothing more is to be expected. A payment may still come late; that is another story.
fn has_ended(order: &OrderView) -> bool {
    order.status.is_resolved() && order.payment_status.as_deref() != Some("refunding")
}

/// One client who listens.
struct Telling {
    api: Api,
    listener: Subscription,
    order: OrderId,
    /// Events that were sent or wait to be.
    sent: usize,
    waiting: VecDeque<Event>,
    /// How often it has looked since it was called; it has not looked at all at first.
    looks: Option<usize>,
    until: Instant,
    is_over: bool,
}

impl Telling {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some((Ok(event), self));
            }
            if self.is_over || Instant::now() > self.until || !self.wait().await {
                return None;
            }
            // Whoever is cut off comes back, and is told then what is wrong.
            if let Err(error) = self.look().await {
                tracing::debug!(%error, order = %self.order, "a stream of events ends early");
                return None;
            }
        }
    }

    /// Waits until there may be something new; says whether to go on.
    async fn wait(&mut self) -> bool {
        let Some(looks) = self.looks else {
            self.looks = Some(0);
            return true;
        };
        let patience = AGAIN.get(looks).copied().unwrap_or(SELDOM);
        match self.listener.wait(patience).await {
            Woken::Called => self.looks = Some(0),
            Woken::Waited => self.looks = Some(looks.saturating_add(1)),
            Woken::Closing => return false,
        }
        true
    }

    async fn look(&mut self) -> store::Result<()> {
        let runtime = self.api.runtime();
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
