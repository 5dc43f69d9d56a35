//! Reply tables of scripts: each tag and its variant.

macro_rules! replies {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $tag:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            fn read(reply: &streamward::Reply) -> Result<Self> {
                match reply.tag() {
                    $($tag => Ok(Self::$variant),)+
                    _ => Err(reply.unexpected()),
                }
            }
        }
    };
}
