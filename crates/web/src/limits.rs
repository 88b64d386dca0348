use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::AppConfig;

/// Limits on what one account or address may try; in this process, by the machine's own steady clock.
#[derive(Clone)]
pub(crate) struct Limits {
    accounts: Arc<DefaultKeyedRateLimiter<String>>,
    addresses: Arc<DefaultKeyedRateLimiter<String>>,
    forms: Arc<DefaultKeyedRateLimiter<String>>,
}

const QUARTER_HOUR: Duration = Duration::from_secs(15 * 60);

fn quota(times: u32, within: Duration) -> Quota {
    let times = NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(within / times.get()).unwrap_or_else(|| Quota::per_second(times)).allow_burst(times)
}

impl Limits {
    pub(crate) fn new(config: &AppConfig) -> Self {
        let limiter = |quota| Arc::new(RateLimiter::keyed(quota));
        Self {
            accounts: limiter(quota(config.sign_in_tries, QUARTER_HOUR)),
            addresses: limiter(quota(config.sign_in_tries.saturating_mul(5), QUARTER_HOUR)),
            forms: limiter(quota(config.forms_a_minute, Duration::from_secs(60))),
        }
    }

    /// Whether one more attempt to sign in is allowed.
    pub(crate) fn sign_in(&self, account: &str, address: &str) -> bool {
        self.tidy();
        // An address over its own limit spends nobody's account.
        self.addresses.check_key(&address.to_owned()).is_ok() && self.accounts.check_key(&account.trim().to_lowercase()).is_ok()
    }

    /// Whether one more form may be begun from an address.
    pub(crate) fn form(&self, address: &str) -> bool {
        self.forms.check_key(&address.to_owned()).is_ok()
    }

    fn tidy(&self) {
        for limiter in [&self.accounts, &self.addresses, &self.forms] {
            if limiter.len() > 10_000 {
                limiter.retain_recent();
            }
        }
    }
}
