//! The practice that is measured: its people, and made-up patients.

use std::sync::Arc;

use portico_domain::staff::Role;
use portico_nhs::OrganisationId;
use portico_server::{
    SystemClock,
    set_up::{self, NewPerson},
};
use portico_store::{
    Store,
    queries::{organisation::Team, staff::Staff},
};

use crate::client::Browser;

/// Limits that one address with many clients does not meet.
pub const CONFIGURATION: &str = "sign_in_tries = 1000000\nforms_a_minute = 1000000000\n";
const PASSWORD: &str = "measured";
const NAMES: [&str; 14] =
    ["Sam", "Lee", "Osei", "Nair", "Hughes", "Bello", "Nowak", "Shah", "Evans", "Walker", "Rahman", "Green", "Price", "Reid"];

/// A practice in an open store.
pub struct Practice {
    pub store: Store,
    pub organisation: OrganisationId,
    pub teams: Vec<Team>,
    pub staff: Vec<Staff>,
}

/// Makes the practice on an empty database. It is a demonstration, so that its messages count as delivered when they are sent.
pub async fn make(url: &str) -> anyhow::Result<Practice> {
    let store = portico_server::open_store(url, Arc::new(SystemClock)).await?;
    let (organisation, teams) = set_up::organisation(&store, "Elm Tree Surgery", "Y99999".parse()?, "0113 496 0100", None, true).await?;
    let password_hash = portico_web::hash_password(PASSWORD).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let people: Vec<NewPerson> = NAMES
        .iter()
        .enumerate()
        .map(|(n, name)| NewPerson {
            name: (*name).to_owned(),
            email: format!("{}@example.com", name.to_lowercase()),
            role: if n < 2 { Role::Coordinator } else { Role::Clinician },
            team: ["Triage", "Duty desk", "GPs", "Nursing", "Pharmacy"][n % 5],
            password_hash: password_hash.clone(),
        })
        .collect();
    let staff = set_up::people(&store, organisation, &teams, &people).await?;
    Ok(Practice { store, organisation, teams, staff })
}

/// Signs a coordinator in.
pub async fn sign_in(browser: &mut Browser) -> anyhow::Result<()> {
    let answer = browser.post("/sign-in", &[("email", "sam@example.com"), ("password", PASSWORD), ("to", "/help")]).await?;
    anyhow::ensure!(answer.status == 303, "signing in answered {}", answer.status);
    Ok(())
}
