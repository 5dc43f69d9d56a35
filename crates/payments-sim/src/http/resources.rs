//! The handlers of `/v1`: each names what the desk decides or the wire shows.

use std::str::FromStr;

use axum::extract::{Path, State};
use axum::response::Response;

use super::call::Call;
use super::exchange::{carry_out, look};
use crate::book::{Charge, Event, Intent, Refund, Session};
use crate::desk::{self, Due};
use crate::simulator::Simulator;
use crate::wire::{self, ApiError, Listed, Page};

type Sim = State<Simulator>;

pub(super) async fn create_intent(State(sim): Sim, call: Call) -> Response {
    let due = Due(sim.core.settings.slow_charge);
    carry_out(&sim.core, call, |_, form| desk::create_intent(form, due)).await
}

pub(super) async fn update_intent(State(sim): Sim, Path(id): Path<String>, call: Call) -> Response {
    carry_out(&sim.core, call, |book, form| {
        desk::update_intent(book, &id, form)
    })
    .await
}

pub(super) async fn confirm_intent(
    State(sim): Sim,
    Path(id): Path<String>,
    call: Call,
) -> Response {
    let due = Due(sim.core.settings.slow_charge);
    carry_out(&sim.core, call, |book, form| {
        desk::confirm(book, &id, form, due)
    })
    .await
}

pub(super) async fn cancel_intent(State(sim): Sim, Path(id): Path<String>, call: Call) -> Response {
    carry_out(&sim.core, call, |book, form| desk::cancel(book, &id, form)).await
}

pub(super) async fn create_refund(State(sim): Sim, call: Call) -> Response {
    carry_out(&sim.core, call, desk::create_refund).await
}

pub(super) async fn create_session(State(sim): Sim, call: Call) -> Response {
    carry_out(&sim.core, call, |_, form| desk::create_session(form)).await
}

pub(super) async fn expire_session(
    State(sim): Sim,
    Path(id): Path<String>,
    call: Call,
) -> Response {
    carry_out(&sim.core, call, |book, _| desk::expire_session(book, &id)).await
}

async fn list<T: Listed>(sim: &Simulator, call: Call) -> Response
where
    T::Id: FromStr,
{
    look(&sim.core, call, |book, query| {
        wire::list::<T>(book, &Page::read(query, sim.core.public_url())?)
    })
    .await
}

pub(super) async fn list_intents(State(sim): Sim, call: Call) -> Response {
    list::<Intent>(&sim, call).await
}

pub(super) async fn list_charges(State(sim): Sim, call: Call) -> Response {
    list::<Charge>(&sim, call).await
}

pub(super) async fn list_refunds(State(sim): Sim, call: Call) -> Response {
    list::<Refund>(&sim, call).await
}

pub(super) async fn list_sessions(State(sim): Sim, call: Call) -> Response {
    list::<Session>(&sim, call).await
}

pub(super) async fn list_events(State(sim): Sim, call: Call) -> Response {
    list::<Event>(&sim, call).await
}

pub(super) async fn read_intent(State(sim): Sim, Path(id): Path<String>, call: Call) -> Response {
    look(&sim.core, call, |book, _| {
        let found = id.parse().ok().and_then(|id| book.intents.get(id));
        let body = found.map(|intent| wire::intent(intent, &intent.state));
        body.ok_or_else(|| ApiError::unknown(404, "intent", "payment_intent", &id))
    })
    .await
}

pub(super) async fn read_charge(State(sim): Sim, Path(id): Path<String>, call: Call) -> Response {
    look(&sim.core, call, |book, _| {
        let body = id.parse().ok().and_then(|id| wire::charge(book, id));
        body.ok_or_else(|| ApiError::unknown(404, "charge", "charge", &id))
    })
    .await
}

pub(super) async fn read_refund(State(sim): Sim, Path(id): Path<String>, call: Call) -> Response {
    look(&sim.core, call, |book, _| {
        let body = id.parse().ok().and_then(|id| wire::refund(book, id));
        body.ok_or_else(|| ApiError::unknown(404, "id", "refund", &id))
    })
    .await
}

pub(super) async fn read_event(State(sim): Sim, Path(id): Path<String>, call: Call) -> Response {
    look(&sim.core, call, |book, _| {
        let body = id.parse().ok().and_then(|id| wire::event(book, id));
        body.ok_or_else(|| ApiError::unknown(404, "id", "event", &id))
    })
    .await
}

pub(super) async fn read_session(State(sim): Sim, Path(id): Path<String>, call: Call) -> Response {
    look(&sim.core, call, |book, _| {
        let body = id.parse().ok().and_then(|id| {
            let intent = book.intents.get(book.sessions.get(id)?.intent)?;
            wire::session(book, id, Some(&intent.state), sim.core.public_url())
        });
        body.ok_or_else(|| ApiError::unknown(404, "session", "checkout.session", &id))
    })
    .await
}
