//! The wire: forms in, JSON out, as Stripe writes them.

mod charge;
mod error;
mod event;
mod expand;
mod form;
mod intent;
mod list;
mod refund;
mod session;

use serde::Serialize;

pub(crate) use charge::charge;
pub(crate) use error::ApiError;
pub(crate) use event::event;
pub(crate) use expand::Expansion;
pub(crate) use form::Form;
pub(crate) use intent::{IntentView, intent};
pub(crate) use list::{Listed, Page, list};
pub(crate) use refund::refund;
pub(crate) use session::session;

use crate::book::{Book, Reply};

/// The version of Stripe's API this follows.
const API_VERSION: &str = "2024-06-20";

/// Status and body of a reply.
///
/// What a reply names is in the book, since both are committed together; should a journal edited
/// by hand name nothing, the answer is an empty object.
pub(crate) fn reply(book: &Book, reply: &Reply, public_url: &str) -> (u16, Vec<u8>) {
    let body = match reply {
        Reply::Intent { id, state } => book.intents.get(*id).map(|it| intent(it, state)),
        Reply::Refund(id) => refund(book, *id),
        Reply::Session(id) => session(book, *id, None, public_url),
        Reply::SessionIn { id, state } => session(book, *id, Some(state), public_url),
        Reply::Declined { id, state } => {
            let error = match book.intents.get(*id) {
                Some(intent) => ApiError::declined().with_intent(intent, state),
                None => ApiError::declined(),
            };
            return (error.status, error.body());
        }
        Reply::Error { status, body } => return (*status, body.as_bytes().to_vec()),
        Reply::Silence(_) => {
            let error = ApiError::silence();
            return (error.status, error.body());
        }
    };
    (200, body.unwrap_or_else(|| b"{}".to_vec()))
}

/// The JSON text of something that always has one.
fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, value).expect("wire types are plain data and memory grows");
    text
}
