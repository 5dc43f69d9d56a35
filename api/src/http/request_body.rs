//! Definitions of the request bodies; each yields both the reader and the OpenAPI schema.
//!
//! [`request_body!`] takes a struct whose members name their [`Field`]: the permitted values, their reader and their
//! schema. The reader reports every fault with its place ([`Faults`]).

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use super::{At, Faults, Fields};

/// Named schemas of a document.
pub(crate) type Components = Map<String, Value>;

/// A kind of value in a body.
pub(crate) trait Field {
    /// The value that is read.
    type Value;

    /// Reads a value; `None` after a fault.
    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<Self::Value>;

    /// Returns the JSON schema.
    fn schema() -> Value;

    /// Adds the named schemas that the schema refers to.
    fn add_components(_: &mut Components) {}
}

/// A kind of string in a body.
pub(crate) trait TextField {
    /// The value that is read.
    type Value;

    /// Reads a string, or says what it must be.
    fn parse(text: &str) -> Result<Self::Value, String>;

    /// Returns the members of the JSON schema beside the type.
    fn limits() -> Value {
        json!({})
    }
}

impl<T: TextField> Field for T {
    type Value = T::Value;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<T::Value> {
        let read = match value.as_str() {
            Some(text) => T::parse(text),
            None => Err("must be a string".to_owned()),
        };
        read.map_err(|detail| faults.add(at, detail)).ok()
    }

    fn schema() -> Value {
        let mut schema = T::limits();
        schema["type"] = json!("string");
        schema
    }
}

/// A member of a body: a [`Field`], or one that may be missing or null.
pub(crate) trait Member {
    /// The value in the body's struct.
    type Value;
    /// The kind of a value that is there.
    type Kind: Field;
    const REQUIRED: bool = false;
    const NULLABLE: bool = false;

    /// Reads the member; `None` when it must be there and is not, or not without a fault.
    fn read_member(fields: &Fields<'_>, name: &str, faults: &mut Faults) -> Option<Self::Value>;
}

/// Reads a member that is there and not null.
fn read_present<F: Field>(
    fields: &Fields<'_>,
    name: &str,
    faults: &mut Faults,
) -> Option<F::Value> {
    F::read(fields.get(name)?, fields.at().field(name), faults)
}

impl<F: Field> Member for F {
    type Value = F::Value;
    type Kind = F;
    const REQUIRED: bool = true;

    fn read_member(fields: &Fields<'_>, name: &str, faults: &mut Faults) -> Option<F::Value> {
        if fields.get(name).is_none() {
            faults.add(fields.at().field(name), "is required");
        }
        read_present::<F>(fields, name, faults)
    }
}

/// May be missing; null is the same.
impl<F: Field> Member for Option<F> {
    type Value = Option<F::Value>;
    type Kind = F;
    const NULLABLE: bool = true;

    fn read_member(fields: &Fields<'_>, name: &str, faults: &mut Faults) -> Option<Self::Value> {
        Some(read_present::<F>(fields, name, faults))
    }
}

/// A member of a change that may be missing, which keeps the value, and must not be null.
pub(crate) struct Kept<F>(F);

impl<F: Field> Member for Kept<F> {
    type Value = Option<F::Value>;
    type Kind = F;

    fn read_member(fields: &Fields<'_>, name: &str, faults: &mut Faults) -> Option<Self::Value> {
        if fields.is_null(name) {
            let detail = "must not be null; leave it out to keep it";
            faults.add(fields.at().field(name), detail);
        }
        Some(read_present::<F>(fields, name, faults))
    }
}

/// A member of a change that may be missing, which keeps the value, or null, which removes it.
pub(crate) struct Removable<F>(F);

impl<F: Field> Member for Removable<F> {
    type Value = Option<Option<F::Value>>;
    type Kind = F;
    const NULLABLE: bool = true;

    fn read_member(fields: &Fields<'_>, name: &str, faults: &mut Faults) -> Option<Self::Value> {
        let is_named = fields.has(name);
        Some(is_named.then(|| read_present::<F>(fields, name, faults)))
    }
}

/// The schema of an object while members are added.
pub(crate) struct ObjectSchema(Value);

impl ObjectSchema {
    /// Starts an object that has no members but those that are added.
    pub(crate) fn new(doc: &[&str]) -> Self {
        let mut schema =
            json!({ "type": "object", "properties": {}, "additionalProperties": false });
        describe(&mut schema, doc);
        Self(schema)
    }

    pub(crate) fn member<M: Member>(&mut self, name: &str, doc: &[&str], example: Option<Value>) {
        let mut schema = M::Kind::schema();
        describe(&mut schema, doc);
        if let Some(example) = example {
            schema["example"] = example;
        }
        if M::NULLABLE {
            schema = nullable(schema);
        }
        self.0["properties"][name] = schema;
        if M::REQUIRED {
            match self.0.get_mut("required").and_then(Value::as_array_mut) {
                Some(required) => required.push(json!(name)),
                None => self.0["required"] = json!([name]),
            }
        }
    }

    pub(crate) fn at_least(&mut self, members: usize) {
        self.0["minProperties"] = json!(members);
    }

    pub(crate) fn finish(self) -> Value {
        self.0
    }
}

fn describe(schema: &mut Value, doc: &[&str]) {
    if !doc.is_empty() {
        let lines: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
        schema["description"] = json!(lines.join("\n"));
    }
}

fn nullable(mut schema: Value) -> Value {
    if schema.get("type").is_none() {
        return json!({ "oneOf": [schema, { "type": "null" }] });
    }
    schema["type"] = json!([schema["type"], "null"]);
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}

/// Returns the named schemas of a body, its own included, as utoipa has them.
pub(crate) fn utoipa_schemas<F: Field>() -> Vec<(String, RefOr<Schema>)> {
    let mut components = Components::new();
    F::add_components(&mut components);
    // A schema that utoipa cannot read would be empty; the description's tests would find it.
    let read = |schema| serde_json::from_value(schema).unwrap_or_default();
    let components = components.into_iter();
    components
        .map(|(name, schema)| (name, read(schema)))
        .collect()
}

/// Returns the reference to a named schema.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Defines a body and its members, each as `name: Field, example = ..;`, with `as "name"` where JSON has another name.
///
/// `at_least n` after the struct's name refuses bodies with fewer members. A final `check |fields, faults| {..}` block
/// holds the rules that several members are part of: the members are in scope as read, `None` after a fault.
macro_rules! request_body {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $name:ident $(at_least $least:literal)? {
            $(
                $(#[doc = $doc:literal])*
                $field:ident $(as $key:literal)?: $kind:ty $(, example = $example:expr)?;
            )*
        }
        $(check |$fields:ident, $faults:ident| $check:block)?
    ) => {
        $(#[doc = $about])*
        $vis struct $name {
            $($(#[doc = $doc])* pub(crate) $field: <$kind as $crate::http::Member>::Value,)*
        }

        impl $crate::http::Field for $name {
            type Value = Self;

            fn read(
                value: &serde_json::Value,
                at: $crate::http::At<'_>,
                faults: &mut $crate::http::Faults,
            ) -> Option<Self> {
                use $crate::http::{Member, request_body};
                let names = [$(request_body!(@name $field $($key)?)),*];
                let fields = faults.object(value, at, &names)?;
                $(let $field = <$kind as Member>::read_member(
                    &fields,
                    request_body!(@name $field $($key)?),
                    faults,
                );)*
                $(if names.iter().filter(|name| fields.get(name).is_some()).count() < $least {
                    faults.add(at, "must change something");
                })?
                $({
                    let ($fields, $faults) = (&fields, &mut *faults);
                    $check
                })?
                Some(Self { $($field: $field?),* })
            }

            fn schema() -> serde_json::Value {
                $crate::http::reference(stringify!($name))
            }

            fn add_components(components: &mut $crate::http::Components) {
                use $crate::http::{Member, ObjectSchema, request_body};
                let mut schema = ObjectSchema::new(&[$($about),*]);
                $(
                    let example = None$(.or(Some(serde_json::json!($example))))?;
                    let name = request_body!(@name $field $($key)?);
                    schema.member::<$kind>(name, &[$($doc),*], example);
                    <$kind as Member>::Kind::add_components(components);
                )*
                $(schema.at_least($least);)?
                components.insert(stringify!($name).to_owned(), schema.finish());
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let own = |(name, _): &(String, _)| name == stringify!($name);
                let mut all = $crate::http::utoipa_schemas::<Self>().into_iter();
                all.find(own).map(|(_, schema)| schema).unwrap_or_default()
            }
        }

        impl utoipa::ToSchema for $name {
            fn schemas(
                schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>,
            ) {
                schemas.extend($crate::http::utoipa_schemas::<Self>());
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $key:literal) => { $key };
}
pub(crate) use request_body;
