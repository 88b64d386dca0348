//! Safe contact, from the request to the service that sends: whatever is agreed with whom, nothing goes by a forbidden way
//! or at a forbidden hour, not even when ways fail and the next is taken.

use std::collections::HashMap;

use jiff::SignedDuration;
use portico_domain::{
    contact::{ContactRules, Standing},
    message::Channel,
    request::AnswerBy,
};
use portico_nhs::{Clock, PatientId, london};
use portico_store::{queries::patient, work};
use portico_testkit::{databases, fake_nhs_notify::Signing, fake_notify::Fault};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{messages::Correspondent, practice::intake};

const PEOPLE: u64 = 60;

/// So many messages are asked for: ten thousand every night.
fn sends() -> usize {
    if std::env::var_os("PORTICO_NIGHTLY").is_some() { 10_000 } else { 600 }
}

/// Rules of every kind, drawn at random.
fn drawn(random: &mut StdRng) -> ContactRules {
    let some = |random: &mut StdRng, share: f64| -> Vec<Channel> {
        let all = [Channel::NhsApp, Channel::Sms, Channel::Email, Channel::Letter];
        all.into_iter().filter(|_| random.random_bool(share)).collect()
    };
    let (never, no_consent) = (some(random, 0.25), some(random, 0.15));
    let from = random.random_range(0..20);
    let hours = random.random_bool(0.5).then(|| (from, from + random.random_range(1..5)));
    let standing = if random.random_bool(0.05) { Standing::Dead } else { Standing::Registered };
    ContactRules { never, no_consent, hours, at_risk: random.random_bool(0.2), standing, ..ContactRules::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_by_a_forbidden_way_or_at_a_forbidden_hour_whatever_fails() {
    let [database, _] = databases::both();
    let c = Correspondent::with(database, false).await;
    let mut random = StdRng::seed_from_u64(11);
    let people = c.people(PEOPLE, true).await;
    let organisation = c.practice.organisation;
    let mut agreed: HashMap<PatientId, ContactRules> = HashMap::new();
    let mut by_address: HashMap<String, PatientId> = HashMap::new();
    for (n, &who) in people.iter().enumerate() {
        let rules = drawn(&mut random);
        agreed.insert(who, rules.clone());
        let kept = c.practice.store.write(
            organisation,
            None,
            work!(tx, [rules] => Ok(patient::set_contact_rules(tx.conn(), organisation, who, &rules).await?)),
        );
        kept.await.expect("rules are kept");
        let person = patient::load(&mut c.practice.store.reader().await.expect("a reader"), organisation, who)
            .await
            .expect("read")
            .expect("a patient")
            .person;
        by_address.insert(person.phone.expect("a telephone").to_string(), who);
        by_address.insert(person.nhs_number.expect("a number").digits(), who);
        by_address.insert(person.address.join("\n"), who);
        by_address.insert(format!("app{n}@example.com"), who);
    }
    let faults = [Fault::None, Fault::None, Fault::PermanentFailure, Fault::ServerError, Fault::Cut, Fault::ReceiptLost];
    let (mut asked, mut sent, mut held, mut seen_app, mut seen_notify) = (0, 0, 0, 0, 0);
    while asked < sends() {
        c.app.set_fault(*faults.choose(&mut random).expect("a fault"));
        c.notify.set_fault(*faults.choose(&mut random).expect("a fault"));
        for _ in 0..15 {
            let n = random.random_range(0..people.len());
            let mut asks = work::Intake { patient: Some(people[n]), confirm: true, ..intake(&format!("App{n}"), "a cough", None) };
            asks.request.person.email = Some(format!("app{n}@example.com"));
            asks.request.contact.answer_by =
                *[AnswerBy::Text, AnswerBy::Email, AnswerBy::Letter, AnswerBy::Phone].choose(&mut random).expect("a wish");
            c.practice.receives(asks).await;
            asked += 1;
        }
        for _ in 0..6 {
            c.after(random.random_range(1..90)).await;
            c.app_receipts_come(Signing::Right).await;
            c.receipts_come().await;
            let now = c.clock.now();
            let texts = c.notify.sent().split_off(seen_notify);
            let in_app = c.app.sent().split_off(seen_app);
            (seen_notify, seen_app) = (seen_notify + texts.len(), seen_app + in_app.len());
            let by_notify = texts.iter().map(|m| {
                let channel = match m.channel {
                    "sms" => Channel::Sms,
                    "email" => Channel::Email,
                    _ => Channel::Letter,
                };
                (channel, m.to.clone())
            });
            for (channel, to) in by_notify.chain(in_app.iter().map(|m| (Channel::NhsApp, m.to.clone()))) {
                let known = by_address
                    .iter()
                    .find(|(address, _)| to == **address || to.ends_with(&format!("\n{address}")) || same_number(address, &to));
                let (_, who) = known.unwrap_or_else(|| panic!("{channel:?} to {to}, whom nobody knows"));
                let rules = &agreed[who];
                let said_no = rules.never.contains(&channel) || rules.no_consent.contains(&channel) || rules.standing == Standing::Dead;
                let seen_on_the_phone = channel == Channel::NhsApp && (rules.at_risk || rules.never.contains(&Channel::Sms));
                let hour = now.to_zoned(london()).hour();
                let within = channel == Channel::Letter || rules.hours.is_none_or(|(from, to)| (from..to).contains(&hour));
                assert!(!said_no && !seen_on_the_phone && within, "{channel:?} at {now} to somebody with {rules:?}");
                sent += 1;
            }
        }
        held = c.undelivered().await.len();
    }
    assert!(sent > sends() / 2 && held > 0, "{sent} sent of {asked}, {held} on the desk");
    // Time passes by the clock of the rules, not of the machine.
    assert!(c.clock.now().duration_since("2026-01-05T00:00:00Z".parse().expect("a moment")) > SignedDuration::from_hours(24));
}

/// Whether two ways to write a telephone number mean the same.
fn same_number(known: &str, to: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (known, to) = (digits(known), digits(to));
    known.len() >= 10 && to.len() >= 10 && known[known.len() - 10..] == to[to.len() - 10..]
}
