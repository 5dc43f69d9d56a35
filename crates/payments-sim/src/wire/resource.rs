//! Records with a JSON object, and their serialization.

use std::hash::Hash;
use std::str::FromStr;

use indexmap::IndexMap;
use serde::Serialize;

use super::Page;
use crate::state::ProviderState;

/// A record with an id and a JSON object.
pub(crate) trait Resource: Sized {
    type Id: FromStr + Hash + Eq;
    /// Name of the type in error messages.
    const KIND: &'static str;
    /// Parameter named in the error for an unknown id.
    const PARAM: &'static str;
    /// Path of its list.
    const URL: &'static str;

    fn table(provider: &ProviderState) -> &IndexMap<Self::Id, Self>;

    /// Returns whether the list of this query has it.
    fn matches(&self, _: &Page<'_>) -> bool {
        true
    }

    /// Returns the object in its current state; `None` when its intent is unknown.
    fn view<'a>(
        &'a self,
        provider: &'a ProviderState,
        public_url: &'a str,
    ) -> Option<impl Serialize + 'a>;
}

/// Returns an object's JSON in its current state.
pub(crate) fn object<T: Resource>(
    provider: &ProviderState,
    id: &T::Id,
    public_url: &str,
) -> Option<Vec<u8>> {
    let record = T::table(provider).get(id)?;
    record.view(provider, public_url).map(|view| json(&view))
}

/// Serializes an object from one list of its members.
macro_rules! serialize_object {
    ($serializer:expr, { $($name:literal: $value:expr,)+ }) => {{
        use serde::ser::SerializeMap as _;
        let mut object = $serializer.serialize_map(None)?;
        $(object.serialize_entry($name, &$value)?;)+
        object.end()
    }};
}
pub(super) use serialize_object;

/// Serializes a value that always has a JSON text.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, value).expect("wire types are plain data and memory grows");
    text
}
