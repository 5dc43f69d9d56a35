//! Closed sets of words: enums whose names are the same in Rust, on the wire and in Redis.

/// A text that is none of the words of a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {set} {word:?}: expected one of {}", .words.join(", "))]
pub struct UnknownWord {
    /// The set, for example `order status`.
    pub(crate) set: &'static str,
    /// Its words.
    pub(crate) words: &'static [&'static str],
    /// The text.
    pub(crate) word: String,
}

/// Defines an enum with its words: `ALL`, `name`, `Display`, and `FromStr` from the same list. The order of
/// the words is that of the list.
///
/// Serde is left to the caller: `serde(rename_all)` where the words follow from the variants' names,
/// `serde(try_from = "String", into = "&'static str")` where they do not.
macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident, $set:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every word of the set.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word on the wire and in Redis.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        #[cfg(feature = "utoipa")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::ALL.map(Self::name)))
                    .description(Some(concat!($($doc, "\n"),*).trim()))
                    .into()
            }
        }

        #[cfg(feature = "utoipa")]
        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|one| one.name() == word).ok_or_else(|| {
                    let words = &[$($word),+];
                    $crate::words::UnknownWord { set: $set, words, word: word.to_owned() }
                })
            }
        }
    };
}
pub(crate) use words;
