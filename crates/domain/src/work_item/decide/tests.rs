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

/// A request of this urgency with an appointment on Friday.
fn booked(urgency: Urgency) -> WorkItem {
    let gp = staff(3, Role::Clinician);
    let mut it = item(false);
    done(&mut it, &gp, Command::Triage { urgency, pathway: Some(Pathway::Gp), reason: String::new() });
    done(&mut it, &gp, book(7, "2026-01-09T10:00:00Z"));
    it
}

fn book(n: u128, starts: &str) -> Command {
    let starts: Timestamp = starts.parse().unwrap();
    let ends = starts + jiff::SignedDuration::from_mins(10);
    Command::Book { booking: BookingId(Uuid::from_u128(n)), starts, ends, text: "Friday".into(), moved: false, tells: true }
}

fn attended(n: u128, starts: &str, came: bool) -> Command {
    let Command::Book { booking, starts, ends, .. } = book(n, starts) else { unreachable!() };
    Command::Attended { booking, starts, ends, came }
}

fn stands(it: &WorkItem) -> Option<u128> {
    match it.position.state {
        State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } => Some(booking.0.as_u128()),
        _ => None,
    }
}

#[test]
fn what_a_patient_wrote_is_still_to_be_read_when_their_appointment_falls_away() {
    let sam = staff(1, Role::Coordinator);
    let falls: [Command; 3] = [
        Command::TakeBack { text: "The doctor is ill".into() },
        Command::CancelBooking { text: "No longer needed".into(), tells: true },
        Command::DidNotAttend,
    ];
    for falls in falls {
        let mut it = booked(Urgency::Routine);
        done(&mut it, &Actor::Patient, Command::PatientWrites { text: "It is much worse".into() });
        done(&mut it, &sam, falls.clone());
        assert_eq!((it.next().unwrap().action, stands(&it)), (NextAction::ReadAnswer, None), "{falls:?}");
        assert!(matches!(it.position.state, State::Open { waiting: WaitingFor::Practice, .. }), "{falls:?}");
        // Choosing another slot by the link does not read it either; a colleague who books has it before them.
        done(&mut it, &Actor::Patient, book(8, "2026-01-12T10:00:00Z"));
        assert_eq!((it.next().unwrap().action, stands(&it)), (NextAction::ReadAnswer, Some(8)), "{falls:?}");
        // Nothing was written: they choose again, or are rung.
        let mut quiet = booked(Urgency::Routine);
        done(&mut quiet, &sam, falls);
        assert_ne!(quiet.next().unwrap().action, NextAction::ReadAnswer);
    }
    let mut rung = booked(Urgency::Routine);
    done(&mut rung, &sam, Command::RingAt { at: "2026-01-05T15:00:00Z".parse().unwrap(), text: "Ask of the tablets".into() });
    done(&mut rung, &sam, Command::TakeBack { text: "The doctor is ill".into() });
    assert_eq!(rung.next().unwrap().action, NextAction::CallBack, "the call is still to be made");
}

#[test]
fn a_call_ends_what_was_to_be_rung_about_and_the_appointment_stands() {
    let sam = staff(1, Role::Coordinator);
    let mut it = booked(Urgency::Routine);
    done(&mut it, &sam, Command::RingAt { at: "2026-01-05T15:00:00Z".parse().unwrap(), text: "Ask of the tablets".into() });
    done(&mut it, &sam, Command::Called { text: "Keeps taking them".into() });
    assert_eq!((it.next().unwrap().action, stands(&it)), (NextAction::See, Some(7)));
    assert_eq!(it.next().unwrap().due.to_string(), "2026-01-09T10:00:00Z");
}

#[test]
fn a_message_to_a_red_patient_with_an_appointment_does_not_replace_the_call() {
    let (sam, gp) = (staff(1, Role::Coordinator), staff(3, Role::Clinician));
    let mut it = booked(Urgency::Routine);
    done(&mut it, &Actor::Patient, Command::TurnsRed { sign: "Chest pain".into() });
    let due = it.next().unwrap().due;
    done(&mut it, &sam, Command::Reply { text: "Please ring 999".into() });
    assert_eq!((it.next().unwrap().action, it.next().unwrap().due, stands(&it)), (NextAction::CallNow, due, Some(7)));
    // Lowered by a clinician, the call is answered and the appointment is next; so it is when two others agree.
    let mut by_two = it.clone();
    done(&mut it, &gp, lower(Urgency::Routine));
    assert_eq!((it.next().unwrap().action, stands(&it)), (NextAction::See, Some(7)));
    done(&mut by_two, &sam, lower(Urgency::Routine));
    assert_eq!(by_two.next().unwrap().action, NextAction::ConfirmLower);
    done(&mut by_two, &staff(2, Role::Coordinator), Command::ConfirmLower);
    assert_eq!((by_two.next().unwrap().action, stands(&by_two)), (NextAction::See, Some(7)));
}

#[test]
fn who_becomes_an_emergency_is_not_waited_for() {
    let sam = staff(1, Role::Coordinator);
    let mut it = item(false);
    done(&mut it, &sam, Command::Ask { text: "Which side?".into() });
    done(&mut it, &sam, Command::Triage { urgency: Urgency::Emergency, pathway: None, reason: "Rang: cannot breathe".into() });
    assert!(matches!(it.position.state, State::Open { waiting: WaitingFor::Practice, .. }));
    assert_eq!(it.next().unwrap().action, NextAction::CallNow);
}

#[test]
fn what_is_noted_of_a_missed_appointment_leaves_the_new_one_alone() {
    let sam = staff(1, Role::Coordinator);
    let mut it = booked(Urgency::Routine);
    done(&mut it, &sam, Command::DidNotAttend);
    let mut there_after_all = it.clone();
    done(&mut there_after_all, &sam, attended(7, "2026-01-09T10:00:00Z", true));
    assert_eq!((there_after_all.next().unwrap().action, stands(&there_after_all)), (NextAction::See, Some(7)));
    done(&mut it, &sam, book(8, "2026-01-16T10:00:00Z"));
    let taken_back = done(&mut it, &sam, attended(7, "2026-01-09T10:00:00Z", false));
    assert!(taken_back.words.contains("taken back"));
    assert_eq!(stands(&it), Some(8));
}

#[test]
fn a_lower_urgency_is_to_be_confirmed_exactly_while_it_is_proposed() {
    let (sam, lee, gp) = (staff(1, Role::Coordinator), staff(2, Role::Coordinator), staff(3, Role::Clinician));
    let text = || "Words".to_owned();
    let at = || "2026-01-05T10:00:00Z".parse().unwrap();
    let all: Vec<(&Actor, Command)> = vec![
        (&sam, lower(Urgency::Routine)),
        (&lee, Command::ConfirmLower),
        (&lee, Command::RefuseLower),
        (&gp, lower(Urgency::Soon)),
        (&sam, Command::Triage { urgency: Urgency::Emergency, pathway: Some(Pathway::Gp), reason: text() }),
        (&sam, Command::SetPathway { pathway: Pathway::Gp }),
        (&sam, Command::Ask { text: text() }),
        (&sam, Command::SendForm { title: text(), due: at() }),
        (&sam, Command::Reply { text: text() }),
        (&sam, Command::Called { text: text() }),
        (&sam, Command::RingAt { at: at(), text: text() }),
        (&sam, Command::NoAnswer { attempt: 1, text: text() }),
        (&sam, Command::NoAnswer { attempt: 3, text: text() }),
        (&Actor::Patient, Command::PatientWrites { text: text() }),
        (&Actor::Patient, Command::PatientCancels),
        (&Actor::Patient, Command::TurnsRed { sign: text() }),
        (&sam, Command::NoReply),
        (&sam, book(8, "2026-01-09T10:00:00Z")),
        (&Actor::Patient, book(8, "2026-01-09T10:00:00Z")),
        (&sam, Command::CancelBooking { text: text(), tells: true }),
        (&sam, Command::InviteToBook { tells: true }),
        (&sam, Command::TakeBack { text: text() }),
        (&sam, attended(8, "2026-01-09T10:00:00Z", true)),
        (&sam, Command::DidNotAttend),
        (&sam, Command::NotReached),
        (&sam, Command::HandBack),
    ];
    // Every sequence of four steps from a red request and from one that waits to be triaged.
    let mut seen = vec![item(true), item(false)];
    for _ in 0..4 {
        let mut further: Vec<WorkItem> = Vec::new();
        for it in &seen {
            for (who, command) in &all {
                let Ok(change) = attempt(it, who, command.clone()) else { continue };
                let mut moved = it.clone();
                moved.position = change.after;
                moved.was_red |= moved.is_red();
                let Some(next) = moved.next() else { continue };
                let to_confirm = next.action == NextAction::ConfirmLower;
                assert_eq!(to_confirm, moved.position.proposal.is_some(), "{command:?} of {:?}", it.position);
                let waits = matches!(moved.position.state, State::Open { waiting: WaitingFor::Patient { .. }, .. });
                assert!(!(waits && to_confirm), "{command:?} leaves it with the patient");
                if !further.iter().any(|f| f.position == moved.position) {
                    further.push(moved);
                }
            }
        }
        seen = further;
    }
    assert!(seen.len() > 50, "{}", seen.len());
}
