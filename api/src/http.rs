//! Parts of HTTP that routes and middleware share: bodies, headers, parameters and client addresses.

pub(crate) mod body;
pub(crate) mod client_address;
pub(crate) mod etag;
mod faults;
pub(crate) mod fields;
pub(crate) mod idempotency_key;
pub(crate) mod last_event_id;
mod page;
mod path;
mod pointer;
mod request_body;

pub(crate) use self::{
    body::{JsonBody, RawBody},
    client_address::ClientAddress,
    faults::{Faults, Fields},
    page::{List, Page, Params, cursor, limit},
    path::{Id, location, no_content},
    pointer::At,
    request_body::{
        Components, Field, Kept, Member, ObjectSchema, Removable, TextField, reference,
        request_body, utoipa_schemas,
    },
};
