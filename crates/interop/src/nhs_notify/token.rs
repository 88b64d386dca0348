use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA512, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::json;

use super::NhsNotifyConfig;
use crate::ConfigRefused;

/// For how long an assertion may be used; the platform takes five minutes at most.
const ASSERTION_SECONDS: i64 = 240;

/// Signs the assertions (RS512) that are exchanged for access tokens.
pub(super) struct Signer {
    key: RsaKeyPair,
}

/// Makes every assertion another one, as the platform demands, also within one moment.
static COUNT: AtomicU64 = AtomicU64::new(0);

impl Signer {
    /// Reads the private key.
    pub fn new(config: &NhsNotifyConfig) -> Result<Self, ConfigRefused> {
        let refused = |why: &str| ConfigRefused::new("nhs_notify.private_key", why);
        let pem = config.private_key.expose().as_bytes();
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| refused("It is not a PKCS#8 key in PEM."))?;
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| refused("It is not an RSA key of 2048 bits or more."))?;
        Ok(Self { key })
    }

    /// An assertion for the token address, as of `issued_at`.
    pub fn assertion(&self, config: &NhsNotifyConfig, issued_at: Timestamp) -> Option<String> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "alg": "RS512", "typ": "JWT", "kid": config.key_id }));
        let claims = part(json!({
            "iss": config.api_key.expose(),
            "sub": config.api_key.expose(),
            "aud": config.token_url,
            "jti": format!("{}-{}", issued_at.as_nanosecond(), COUNT.fetch_add(1, Ordering::Relaxed)),
            "exp": issued_at.as_second() + ASSERTION_SECONDS,
        }));
        let signed = format!("{head}.{claims}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        // The random numbers only blind the calculation; the signature is always the same.
        self.key.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
