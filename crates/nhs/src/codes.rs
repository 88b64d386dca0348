use thiserror::Error;

/// A stored or submitted code that is not one of the list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code:?} is not a known {list}")]
pub struct UnknownCode {
    /// The list that was looked in.
    pub list: &'static str,
    /// What was found.
    pub code: String,
}

/// Declares an enum whose members have a stable code (stored, in URLs) and a label (for people).
#[macro_export]
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* #[doc = $label] $variant,)+ }
        impl $name {
            /// Every member, in the order that people see.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];
            /// The stable code: stored, sent, never shown.
            pub const fn code(self) -> &'static str { match self { $($name::$variant => $code,)+ } }
            /// The words that people see.
            pub const fn label(self) -> &'static str { match self { $($name::$variant => $label,)+ } }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::UnknownCode;
            fn from_str(code: &str) -> Result<Self, Self::Err> {
                match code {
                    $($code => Ok($name::$variant),)+
                    other => Err($crate::UnknownCode { list: stringify!($name), code: other.chars().take(40).collect() }),
                }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.label()) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(self.code()) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let code = <String as serde::Deserialize>::deserialize(d)?;
                code.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
