//! People: signing in and out, and being at work, away or gone.

use jiff::SignedDuration;
use portico_domain::{
    advice::Signature,
    contact::ContactRules,
    event::Verb,
    record::{BabyDates, RecordFact},
    staff::{Actor, Hours, Presence, Role},
    work_item::Command,
};
use portico_nhs::{OrganisationId, PatientId, StaffId, when_words};
use serde::Serialize;

use super::{Act, Practice, act::act};
use crate::{
    Conn, Failure, NewEvent, StoreError, Tx,
    ids::seen_as,
    queries::{
        advice, allocation, patient, private_link, rota,
        staff::{self, Staff},
        work_item,
    },
};

/// How long a session lives without use.
pub const SESSION_IDLE: SignedDuration = SignedDuration::from_mins(60);

/// Marks somebody at work, away or left. Away and left hand every item of theirs to their team, in the same transaction. Who
/// leaves is signed out at once; slots that they still have are work for the manager.
pub async fn set_presence(tx: &mut Tx, practice: &Practice, actor: &Actor, who: StaffId, presence: Presence) -> Result<usize, Failure> {
    let organisation = practice.organisation.id;
    let person = staff::load(tx.conn(), organisation, who).await?.ok_or(Failure::NotFound)?;
    if presence == Presence::Left {
        let now = tx.now();
        let planned = staff::planned(tx.conn(), organisation, who, now).await?;
        if let Some(last) = planned.last {
            let words = format!(
                "{} has left and still has {} slots, {} of them booked, until {}. End their templates and plan an absence on the page Rota: it shows who is affected and what can be done for them.",
                person.name,
                planned.slots,
                planned.booked,
                when_words(last, now)
            );
            super::deliver::tell_manager(tx, practice, actor, "Slots of somebody who has left", &words).await?;
        }
    }
    staff::set_presence(tx.conn(), organisation, who, presence).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::PresenceChanged, format!("{}: {}", person.name, presence.label())))
        .await?;
    if presence == Presence::AtWork {
        return Ok(0);
    }
    hand_over(tx, practice, who, &format!("{} {}", person.name, presence.label().to_lowercase())).await
}

/// Hands every open item of somebody to their team; says how many.
async fn hand_over(tx: &mut Tx, practice: &Practice, who: StaffId, why: &str) -> Result<usize, Failure> {
    let theirs = work_item::owned_by(tx.conn(), practice.organisation.id, who).await?;
    for item in &theirs {
        act(tx, practice, &Act::new(Actor::System { job: why.to_owned() }, item.id, None, Command::HandBack)).await?;
    }
    Ok(theirs.len())
}

/// Hands what those have on their lists whose leave has begun to their teams, once.
pub async fn hand_over_for_leave(tx: &mut Tx, practice: &Practice) -> Result<(), Failure> {
    let (organisation, now) = (practice.organisation.id, tx.now());
    for absence in rota::absences_begun(tx.conn(), organisation, now).await? {
        if let Some(who) = absence.away.clinician.filter(|_| absence.away.is_leave()) {
            let name = staff::load(tx.conn(), organisation, who).await?.map_or_else(String::new, |s| s.name);
            hand_over(tx, practice, who, &format!("{name} on leave until {}", when_words(absence.away.to, now))).await?;
        }
        rota::handed_over(tx.conn(), organisation, absence.id, now).await?;
    }
    Ok(())
}

/// Begins a session; the token goes to the cookie and only its hash is kept.
pub async fn sign_in(tx: &mut Tx, practice: &Practice, actor: &Actor, who: StaffId, token: &str, csrf: &str) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    staff::start_session(tx.conn(), organisation, token, who, csrf, now, now + SESSION_IDLE).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::SignedIn, "Signed in")).await?;
    Ok(())
}

/// Notes that somebody could not sign in; the address is not kept, it may be a password typed in the wrong box.
pub async fn sign_in_refused(tx: &mut Tx, practice: &Practice, known: Option<&str>) -> Result<(), Failure> {
    let words = known.map_or_else(|| "Unknown address".to_owned(), |name| format!("Wrong password for {name}"));
    tx.record(practice.organisation.id, NewEvent::plain(Actor::System { job: "Sign-in".into() }, Verb::SignInRefused, words)).await?;
    Ok(())
}

/// Ends a session.
pub async fn sign_out(tx: &mut Tx, practice: &Practice, actor: &Actor, token: &str) -> Result<(), Failure> {
    staff::end_session(tx.conn(), practice.organisation.id, token).await?;
    tx.record(practice.organisation.id, NewEvent::plain(actor.clone(), Verb::SignedOut, "Signed out")).await?;
    Ok(())
}

/// What the main record says of a patient, as staff note it on one form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FromRecord {
    /// Facts that bear on every request.
    pub facts: Vec<RecordFact>,
    /// When their baby is due or was born.
    pub baby: BabyDates,
    /// Whom they usually see.
    pub usual: Option<StaffId>,
}

impl FromRecord {
    /// As it is noted now.
    pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: PatientId) -> Result<Self, StoreError> {
        Ok(FromRecord {
            facts: patient::facts(conn, organisation, id).await?,
            baby: patient::baby(conn, organisation, id).await?,
            usual: allocation::usual(conn, organisation, id).await?,
        })
    }
}

/// Notes what the main record says of a patient; triage reads it with every request from now on. `seen` is the mark of what
/// whoever notes it was shown: what a colleague noted meanwhile is not taken back unseen.
pub async fn note_facts(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    (id, seen): (PatientId, &str),
    noted: &FromRecord,
) -> Result<(), Failure> {
    if seen_as(&FromRecord::load(tx.conn(), organisation, id).await?)? != seen {
        return Err(Failure::Stale);
    }
    patient::set_facts(tx.conn(), organisation, id, &noted.facts).await?;
    patient::set_baby(tx.conn(), organisation, id, noted.baby).await?;
    allocation::set_usual(tx.conn(), organisation, id, noted.usual).await?;
    let dates = [("baby due", noted.baby.due), ("baby born", noted.baby.born)];
    let dates = dates.into_iter().filter_map(|(what, day)| day.map(|d| format!("{what} {}", d.strftime("%-d %B %Y"))));
    let words = noted.facts.iter().map(|f| f.label().to_owned()).chain(dates).collect::<Vec<_>>().join(", ");
    let words = if words.is_empty() { "Nothing noted from the main record".to_owned() } else { format!("The main record says: {words}") };
    tx.record(organisation, NewEvent { patient: Some(id), ..NewEvent::plain(actor.clone(), Verb::FactsNoted, words) }).await?;
    Ok(())
}

/// Agrees how a patient may be reached. `seen` is the mark of what was agreed when the form was shown. When somebody near them
/// must not learn of it from now on, the private links that they were sent before end: who holds their phone may open one.
pub async fn agree_contact(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    (id, seen): (PatientId, &str),
    rules: &ContactRules,
) -> Result<(), Failure> {
    let before = patient::contact_rules(tx.conn(), organisation, Some(id)).await?;
    if seen_as(&before)? != seen {
        return Err(Failure::Stale);
    }
    patient::set_contact_rules(tx.conn(), organisation, id, rules).await?;
    let mut words = vec!["How they may be reached was agreed anew.".to_owned()];
    words.extend(rules.at_risk.then(|| "Somebody near them must not learn of it.".to_owned()));
    words.extend(rules.sentences());
    if rules.at_risk && !before.at_risk && private_link::revoke_of_patient(tx.conn(), organisation, id).await? > 0 {
        words.push("The private links that were sent before no longer work.".to_owned());
    }
    let event = NewEvent::plain(actor.clone(), Verb::ContactAgreed, words.join(" "));
    tx.record(organisation, NewEvent { patient: Some(id), ..event }).await?;
    Ok(())
}

/// Signs for a rule set and a mode, or switches advice off; in force from this commit on.
pub async fn sign_rules(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, signature: &Signature) -> Result<(), Failure> {
    let id: uuid::Uuid = tx.ids().next();
    advice::sign(tx.conn(), organisation, id, signature).await?;
    let words =
        format!("{}, rule set {}, signed by {} {}", signature.mode.label(), signature.version, signature.name, signature.registration);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::AdviceModeSet, words)).await?;
    Ok(())
}

/// Gives somebody another role.
pub async fn set_role(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, person: &Staff, role: Role) -> Result<(), Failure> {
    staff::set_role(tx.conn(), organisation, person.id, role).await?;
    let words = format!("{} is {} now, was {}", person.name, role.label(), person.role.label());
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RoleSet, words)).await?;
    Ok(())
}

/// Says what somebody speaks besides English, and what they are skilled in: it decides whom they are given.
pub async fn set_abilities(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    who: StaffId,
    (languages, skills): (&[String], &[String]),
) -> Result<(), Failure> {
    let person = staff::load(tx.conn(), organisation, who).await?.ok_or(Failure::NotFound)?;
    allocation::set_languages(tx.conn(), organisation, who, languages).await?;
    allocation::set_skills(tx.conn(), organisation, who, skills).await?;
    let listed = |all: &[String]| if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    let words = format!("{}: languages {}; skills {}", person.name, listed(languages), listed(skills));
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::AbilitiesSet, words)).await?;
    Ok(())
}

/// Says when somebody usually works.
pub async fn set_hours(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    id: StaffId,
    hours: Option<&Hours>,
) -> Result<(), Failure> {
    let who = staff::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    staff::set_hours(tx.conn(), organisation, id, hours).await?;
    let words = format!("Working hours of {} {}", who.name, if hours.is_some() { "set" } else { "taken back" });
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RotaChanged, words)).await?;
    Ok(())
}
