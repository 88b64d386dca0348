//! Setting up an organisation: its teams, and its first people.

use portico_domain::{
    pathway::Pathway,
    staff::{Presence, Role},
};
use portico_nhs::{OdsCode, OrganisationId, TeamId};
use portico_store::{
    Failure, Ids, NewEvent, Store, StoreError,
    queries::{
        organisation::{self, Organisation, Team},
        staff::{self, Staff},
    },
    work,
};

/// A person to add, with the password that they first sign in with.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// As shown.
    pub name: String,
    /// Signs in with it.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// The name of their team.
    pub team: &'static str,
    /// argon2id.
    pub password_hash: String,
}

/// The teams that a practice begins with: name, purpose, pathways.
const TEAMS: &[(&str, &str, &[Pathway])] = &[
    ("Triage", "triage", &[Pathway::SelfCare, Pathway::PharmacyFirst]),
    ("Duty desk", "duty", &[Pathway::DutyGp, Pathway::UrgentHub, Pathway::Emergency]),
    ("GPs", "pathway", &[Pathway::Gp]),
    ("Nursing", "pathway", &[Pathway::Nurse, Pathway::Hca, Pathway::Midwife]),
    ("Pharmacy", "pathway", &[Pathway::Pharmacist, Pathway::Prescriptions]),
    ("Wider team", "pathway", &[Pathway::Physiotherapist, Pathway::MentalHealth, Pathway::SocialPrescriber]),
    ("Admin", "pathway", &[Pathway::Admin, Pathway::Results, Pathway::Referrals, Pathway::Registration]),
    ("Reception", "reception", &[]),
];

/// Adds an organisation with its teams; answers their ids by name.
pub async fn organisation(
    store: &Store,
    name: &str,
    ods_code: OdsCode,
    phone: &str,
    host: Option<String>,
    demonstration: bool,
) -> Result<(OrganisationId, Vec<Team>), Failure> {
    let ids = Ids::new(store.clock());
    let o = Organisation { id: ids.next(), name: name.to_owned(), ods_code, host, phone: phone.to_owned(), demonstration };
    let teams: Vec<Team> = TEAMS
        .iter()
        .map(|(name, purpose, pathways)| Team {
            id: ids.next::<TeamId>(),
            name: (*name).to_owned(),
            purpose: (*purpose).to_owned(),
            pathways: pathways.to_vec(),
        })
        .collect();
    let id = o.id;
    let made = teams.clone();
    store
        .write(
            id,
            None,
            work!(tx, [o, made] => {
                organisation::insert(tx.conn(), &o).await?;
                for team in &made {
                    organisation::insert_team(tx.conn(), o.id, team).await?;
                }
                let by = portico_domain::staff::Actor::System { job: "Set up".into() };
                Ok(tx.record(o.id, NewEvent::plain(by, portico_domain::event::Verb::Created, "Organisation set up")).await?)
            }),
        )
        .await?;
    store.forget_practices();
    Ok((id, teams))
}

/// Adds people to their teams.
pub async fn people(store: &Store, id: OrganisationId, teams: &[Team], people: &[NewPerson]) -> Result<Vec<Staff>, Failure> {
    let ids = Ids::new(store.clock());
    let mut made = Vec::new();
    for p in people {
        let team = teams
            .iter()
            .find(|t| t.name == p.team)
            .ok_or_else(|| Failure::Store(StoreError::Setup(format!("there is no team {}", p.team))))?;
        let staff = Staff {
            id: ids.next(),
            name: p.name.clone(),
            email: p.email.to_lowercase(),
            role: p.role,
            team: team.id,
            presence: Presence::AtWork,
            hours: None,
        };
        made.push((staff, p.password_hash.clone()));
    }
    let rows = made.clone();
    store
        .write(id, None, work!(tx, [rows] => {
            for (staff, hash) in &rows {
                staff::insert(tx.conn(), id, staff, hash).await?;
                let by = portico_domain::staff::Actor::System { job: "Set up".into() };
                tx.record(id, NewEvent::plain(by, portico_domain::event::Verb::Created, format!("{} added as {}", staff.name, staff.role))).await?;
            }
            Ok(())
        }))
        .await?;
    Ok(made.into_iter().map(|(s, _)| s).collect())
}

/// The one organisation, for commands that work on it; with several, its ODS code must be said.
pub async fn the_organisation(store: &Store, ods_code: Option<&OdsCode>) -> anyhow::Result<Organisation> {
    let all = organisation::list(&mut store.reader().await?).await?;
    let mut fitting = all.into_iter().filter(|o| ods_code.is_none_or(|code| *code == o.ods_code));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => anyhow::bail!("there is no such organisation; run “portico init” first"),
        (Some(_), Some(_)) => anyhow::bail!("there are several organisations; say which with --ods CODE"),
    }
}
