use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What is digested when two secrets are compared.
const PURPOSE: &[u8] = b"callback token";

/// A key or password from the configuration; it cannot be printed by accident.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a key or password.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The words themselves, to sign or to compare with, never to show.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that tells neither the length nor where two secrets differ: both become the key of a digest,
    /// and the digests are compared in constant time.
    pub(crate) fn is(&self, theirs: &str) -> bool {
        let keyed = |key: &str| Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("an HMAC takes a key of any length");
        let expected = keyed(&self.0).chain_update(PURPOSE).finalize().into_bytes();
        keyed(theirs).chain_update(PURPOSE).verify_slice(&expected).is_ok()
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_secret_is_the_same() {
        let ours = Secret::from("right");
        assert!(ours.is("right"));
        for theirs in ["", "righ", "right ", "Right", "wrong"] {
            assert!(!ours.is(theirs), "{theirs:?}");
        }
    }
}
