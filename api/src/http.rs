//! Parts of HTTP that routes and middleware share: bodies, headers, parameters and client addresses.

pub(crate) mod body;
pub(crate) mod client_address;
pub(crate) mod etag;
pub(crate) mod faults;
pub(crate) mod fields;
pub(crate) mod idempotency_key;
pub(crate) mod last_event_id;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod pointer;
pub(crate) mod request_body;
