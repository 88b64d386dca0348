use std::sync::Arc;

use portico_nhs::{Clock, Reference};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::{NoContext, Uuid};

use crate::StoreError;

/// Makes ids, references and secrets: the one place that draws random numbers for stored things.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
}

/// A secret for a link, cookie or form: 256 random bits as 43 letters; only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text that goes to the person.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// What is stored of a secret: its SHA-256.
pub fn hash_of(secret: &(impl AsRef<[u8]> + ?Sized)) -> Vec<u8> {
    Sha256::digest(secret.as_ref()).to_vec()
}

/// A short mark of what somebody was shown; when they save, it says whether it is still so.
pub fn seen_as(shown: &impl Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_vec(shown).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    Ok(Sha256::digest(text).iter().take(8).map(|b| format!("{b:02x}")).collect())
}

impl Ids {
    /// From the injected clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// A new id that sorts by time (UUID version 7).
    pub fn next<T: From<Uuid>>(&self) -> T {
        let now = self.clock.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        T::from(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos)))
    }

    /// A new reference for people to quote.
    pub fn reference(&self) -> Reference {
        Reference::from_random(rand::random())
    }

    /// A new secret.
    pub fn secret(&self) -> Secret {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bytes: [u8; 43] = rand::random();
        Secret(bytes.iter().map(|b| LETTERS[usize::from(b & 63)] as char).collect())
    }
}
