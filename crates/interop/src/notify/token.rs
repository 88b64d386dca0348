use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;

use crate::Secret;

/// The JSON Web Token (HS256) that signs one call; Notify takes it for 30 seconds from `issued_at`.
pub(super) fn sign(service_id: &str, secret: &Secret, issued_at: Timestamp) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = part(json!({ "iat": issued_at.as_second(), "iss": service_id }));
    let signed = format!("{head}.{claims}");
    let tag = keyed(secret.expose().as_bytes(), signed.as_bytes()).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn keyed(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC takes a key of any length");
    mac.update(message);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected token was made with OpenSSL, not with this code.
    #[test]
    fn a_token_is_what_another_implementation_makes() {
        let issued_at = Timestamp::from_second(1_568_818_578).unwrap();
        let secret = Secret::from("3d844edf-8d35-48ac-975b-e847b4f122b0");
        let token = sign("26785a09-ab16-4eb0-8407-a37497a57506", &secret, issued_at);
        assert_eq!(token, EXPECTED);
    }

    const EXPECTED: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE1Njg4MTg1NzgsImlzcyI6IjI2Nzg1YTA5LWFiMTYtNGViMC04NDA3LWEzNzQ5N2E1NzUwNiJ9.uL9PA6FeLyeIVhWLHfHrja0BKO_p0w7JGoBSBFdqcz4";
}
