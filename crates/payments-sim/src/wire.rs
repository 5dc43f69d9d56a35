//! Stripe's wire format: forms in, JSON out.

mod error;
mod events;
mod expand;
mod form;
mod list;
mod payments;
mod resource;

pub(crate) use error::ApiError;
pub(crate) use events::session;
pub(crate) use expand::Expansion;
pub(crate) use form::Form;
pub(crate) use list::{Page, list};
pub(crate) use payments::intent;
pub(crate) use resource::{Resource, object};
