use std::collections::BTreeMap;

use portico_nhs::{Reference, WorkItemId};
use uuid::Uuid;

use super::*;
use crate::{
    request::{Door, Kind},
    work_item::first_position,
};

const NOW: &str = "2026-01-05T09:00:00Z";

fn teams() -> Teams {
    Teams {
        triage: TeamId(Uuid::from_u128(1)),
        duty: TeamId(Uuid::from_u128(2)),
        by_pathway: BTreeMap::from([(Pathway::Admin, TeamId(Uuid::from_u128(3)))]),
    }
}

fn item(red: bool) -> WorkItem {
    let now: Timestamp = NOW.parse().unwrap();
    WorkItem {
        id: WorkItemId(Uuid::from_u128(10)),
        reference: Reference::from_random(1),
        kind: Kind::NewProblem,
        door: Door::Online,
        patient: None,
        person_name: "Ada Osei".into(),
        birth_date: None,
        received_at: now,
        promised_by: now,
        was_red: red,
        earlier: None,
        version: 1,
        position: first_position(Kind::NewProblem, red, false, &teams(), now, &Calendar::default()),
    }
}

fn staff(n: u128, role: Role) -> Actor {
    Actor::Staff { id: StaffId(Uuid::from_u128(n)), role, name: format!("Person {n}") }
}

fn attempt(item: &WorkItem, actor: &Actor, command: Command) -> Result<Change, Refusal> {
    decide(item, &command, &Context { actor, now: NOW.parse().unwrap(), calendar: &Calendar::default(), teams: &teams() })
}

/// Does it and moves the item on.
#[track_caller]
fn done(item: &mut WorkItem, actor: &Actor, command: Command) -> Change {
    let change = attempt(item, actor, command).expect("allowed");
    item.position = change.after.clone();
    change
}

fn lower(to: Urgency) -> Command {
    Command::Triage { urgency: to, pathway: None, reason: "Spoke to the patient".into() }
}

#[test]
fn red_is_not_lowered_by_one_non_clinician() {
    let (sam, lee) = (staff(1, Role::Coordinator), staff(2, Role::Coordinator));
    let mut red = item(true);
    assert_eq!(done(&mut red, &sam, lower(Urgency::Routine)).verb, Verb::DowngradeProposed);
    assert!(red.is_red());
    assert_eq!(attempt(&red, &sam, Command::ConfirmLower), Err(Refusal::SamePerson));
    done(&mut red, &lee, Command::ConfirmLower);
    assert_eq!(red.position.urgency, Some(Urgency::Routine));
}

#[test]
fn a_clinician_lowers_red_alone_with_a_reason() {
    let gp = staff(3, Role::Clinician);
    let mut red = item(true);
    assert_eq!(attempt(&red, &gp, Command::Triage { urgency: Urgency::Soon, pathway: None, reason: " ".into() }), Err(Refusal::NoReason));
    done(&mut red, &gp, lower(Urgency::Soon));
    assert_eq!(red.position.urgency, Some(Urgency::Soon));
}

#[test]
fn red_leaves_the_desk_only_safely() {
    let sam = staff(1, Role::Coordinator);
    let mut red = item(true);
    let close = |outcome| Command::Close { outcome, code: None, text: "done".into() };
    assert_eq!(attempt(&red, &sam, close(Outcome::AdminDone)), Err(Refusal::RedClose));
    let to_admin = Command::Triage { urgency: Urgency::Emergency, pathway: Some(Pathway::Admin), reason: String::new() };
    assert_eq!(attempt(&red, &sam, to_admin).unwrap_err().to_string(), "A red request goes to the urgent hub or a GP.");
    done(&mut red, &Actor::Patient, Command::PatientCancels);
    assert!(red.is_open(), "a cancelled red request is checked by a person");
    let raised = done(&mut item(false), &sam, Command::Triage { urgency: Urgency::Emergency, pathway: None, reason: String::new() });
    let undo = Command::Undo { of: Verb::Triaged, before: Box::new(item(false).position), owner_at_work: true };
    let mut was_raised = item(false);
    was_raised.position = raised.after;
    assert_eq!(attempt(&was_raised, &sam, undo), Err(Refusal::RedUndo));
}

#[test]
fn repeat_contact_cannot_be_closed_unread() {
    let sam = staff(1, Role::Coordinator);
    let mut repeat = item(false);
    repeat.position.earlier_read = false;
    let close = Command::Close { outcome: Outcome::Advice, code: None, text: String::new() };
    assert_eq!(attempt(&repeat, &sam, close.clone()), Err(Refusal::EarlierUnread));
    done(&mut repeat, &sam, Command::ReadEarlier);
    done(&mut repeat, &sam, close);
    assert!(!repeat.is_open());
}

#[test]
fn the_answer_comes_back_to_the_same_owner_with_the_clock_restarted() {
    let sam = staff(1, Role::Coordinator);
    let me = StaffId(Uuid::from_u128(1));
    let mut asked = item(false);
    done(&mut asked, &sam, Command::Assign { team: teams().triage, person: Some((me, true)) });
    done(&mut asked, &sam, Command::Ask { text: "Which side?".into() });
    assert_eq!(asked.next().unwrap().action, NextAction::AwaitPatient);
    done(&mut asked, &Actor::Patient, Command::PatientWrites { text: "The left".into() });
    let next = asked.next().unwrap();
    assert_eq!((next.owner.person, next.action), (Some(me), NextAction::ReadAnswer));
    assert_eq!(next.due.to_string(), "2026-01-05T10:00:00Z");
}

#[test]
fn nobody_away_can_be_given_work() {
    let sam = staff(1, Role::Coordinator);
    let away = Command::Assign { team: teams().triage, person: Some((StaffId(Uuid::from_u128(9)), false)) };
    assert_eq!(attempt(&item(false), &sam, away), Err(Refusal::NotAtWork));
}

#[test]
fn undoing_a_closing_withdraws_the_record() {
    let sam = staff(1, Role::Coordinator);
    let mut it = item(false);
    let before = it.position.clone();
    done(&mut it, &sam, Command::Close { outcome: Outcome::Advice, code: None, text: String::new() });
    assert_eq!(attempt(&it, &sam, lower(Urgency::Soon)), Err(Refusal::Closed));
    let undone = done(&mut it, &sam, Command::Undo { of: Verb::Closed, before: Box::new(before), owner_at_work: true });
    assert_eq!(undone.effects, [Effect::WithdrawRecord]);
    assert!(it.is_open());
}

#[test]
fn what_a_patient_writes_on_a_closed_item_opens_it() {
    let sam = staff(1, Role::Coordinator);
    let mut it = item(false);
    done(&mut it, &sam, Command::Close { outcome: Outcome::Advice, code: None, text: String::new() });
    done(&mut it, &Actor::Patient, Command::PatientWrites { text: "It is worse".into() });
    assert_eq!(it.next().unwrap().action, NextAction::ReadAnswer);
}

#[test]
fn reception_may_not_triage_and_an_auditor_may_not_write() {
    assert_eq!(
        attempt(&item(false), &staff(5, Role::Reception), lower(Urgency::Soon)),
        Err(Refusal::NotAllowed(Role::Reception, Action::Triage))
    );
    assert!(attempt(&item(false), &staff(6, Role::Auditor), Command::Note { text: "x".into() }).is_err());
}

#[test]
fn an_untriaged_item_stays_untriaged_when_somebody_replies() {
    let sam = staff(1, Role::Coordinator);
    let mut it = item(false);
    done(&mut it, &sam, Command::Reply { text: "We are looking at this.".into() });
    assert_eq!(it.next().unwrap().action, NextAction::Triage);
}
