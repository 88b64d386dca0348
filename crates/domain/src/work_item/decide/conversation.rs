//! What is said between the patient and the practice: questions, answers, notes and calls.

use jiff::Timestamp;

use super::{Change, Effect, Open, Refusal, action_for, written};
use crate::{
    booking::window,
    event::Verb,
    message::{Purpose, answer_due},
    record::Outcome,
    triage::{Urgency, staff_due},
    work_item::{CALLS, NextAction, NextMove, Owner, Position, State, WaitingFor},
};

/// What the patient reads when nobody could reach them by telephone.
const NO_ANSWER: &str =
    "We have tried to ring you three times and could not reach you. Please tell us here when we can reach you, or ring us.";

impl Open<'_> {
    pub(super) fn ask(&self, text: &str) -> Result<Change, Refusal> {
        let text = written(text)?;
        if matches!(self.waiting, WaitingFor::Appointment { .. }) {
            let mut change = self.change(self.item.position.clone(), Verb::Asked, "Patient asked for more; the appointment stands");
            change.effects.push(Effect::Message { purpose: Purpose::MoreInformation, text });
            return Ok(change);
        }
        let due = answer_due(self.item.position.urgency, self.ctx.now, self.ctx.calendar);
        let next = NextMove { owner: self.next.owner, action: NextAction::AwaitPatient, due };
        let mut change =
            self.change(self.with_next(next, WaitingFor::Patient { asked_at: self.ctx.now }), Verb::Asked, "Patient asked for more");
        change.effects.push(Effect::Message { purpose: Purpose::MoreInformation, text });
        Ok(change)
    }

    /// An appointment stands, and what must happen first to a red request still does.
    pub(super) fn send_form(&self, title: &str, due: Timestamp) -> Change {
        let waits = self.waiting == WaitingFor::Practice && !self.item.is_red() || matches!(self.waiting, WaitingFor::Patient { .. });
        let after = if waits {
            let next = NextMove { owner: self.next.owner, action: NextAction::AwaitPatient, due };
            self.with_next(next, WaitingFor::Patient { asked_at: self.ctx.now })
        } else {
            self.item.position.clone()
        };
        let mut change = self.change(after, Verb::Asked, format!("Questionnaire sent: {title}"));
        // Not what it is about: others may read the patient's messages.
        let text = "Please fill in the questionnaire on your private page.".to_owned();
        change.effects.push(Effect::Message { purpose: Purpose::MoreInformation, text });
        change
    }

    pub(super) fn reply(&self, text: &str) -> Result<Change, Refusal> {
        let text = written(text)?;
        let mut change = self.change(self.with_next(self.after_contact(), self.waiting), Verb::Replied, "Replied to the patient");
        change.effects.push(Effect::Message { purpose: Purpose::Reply, text });
        Ok(change)
    }

    pub(super) fn note(&self, text: &str) -> Result<Change, Refusal> {
        let text = written(text)?;
        let mut change = self.change(self.item.position.clone(), Verb::Noted, "Note to colleagues");
        change.effects.push(Effect::Note { text });
        Ok(change)
    }

    pub(super) fn called(&self, text: &str) -> Result<Change, Refusal> {
        let text = written(text)?;
        let mut change = self.change(self.with_next(self.after_contact(), self.waiting), Verb::Called, "Spoke by telephone");
        change.effects.push(Effect::Note { text: format!("Spoke by telephone: {text}") });
        Ok(change)
    }

    /// What comes after the patient has heard from the practice: what must happen first still does, an appointment stands, and
    /// whoever waits for one goes on waiting until they have one or the request is closed; else it is signed off.
    fn after_contact(&self) -> NextMove {
        use NextAction::{Book, CallNow, Complete, ConfirmLower, Repair, Resend, SetPathway, Triage};
        let Some(urgency) = self.item.position.urgency.filter(|_| !self.item.is_red()) else { return self.next };
        let first = matches!(self.next.action, Book | SetPathway | CallNow | Triage | ConfirmLower | Complete | Resend | Repair);
        match self.waiting {
            WaitingFor::Appointment { starts, .. } => {
                return NextMove { action: NextAction::See, due: self.next.due.max(starts), ..self.next };
            }
            WaitingFor::Patient { .. } => return self.next,
            WaitingFor::Practice if first => return self.next,
            WaitingFor::Practice => {}
        }
        match action_for(urgency, self.item.position.pathway) {
            NextAction::Answer => {
                NextMove { action: NextAction::SignOff, due: self.ctx.calendar.end_of_next_core_day(self.ctx.now), ..self.next }
            }
            unbooked => NextMove { action: unbooked, ..self.next },
        }
    }

    /// Rung at a time that was agreed; an appointment stands.
    pub(super) fn ring_at(&self, at: Timestamp, text: &str) -> Result<Change, Refusal> {
        let text = written(text)?;
        if self.item.is_red() {
            return Err(Refusal::RedRing);
        }
        let Some(urgency) = self.item.position.urgency else { return Err(Refusal::NotTriaged) };
        if at <= self.ctx.now || at > window(urgency, self.ctx.now, self.ctx.calendar).1 {
            return Err(Refusal::RingTime);
        }
        let waiting = if matches!(self.waiting, WaitingFor::Appointment { .. }) { self.waiting } else { WaitingFor::Practice };
        let next = NextMove { action: NextAction::CallBack, due: at, ..self.next };
        let words = format!("To be rung {}", portico_nhs::when_words(at, self.ctx.now));
        let mut change = self.change(self.with_next(next, waiting), Verb::CallPlanned, words);
        change.effects.push(Effect::Note { text: format!("To be rung: {text}") });
        Ok(change)
    }

    /// Rung again twice, and after the third time never left in silence: the patient is written to and chased; for an
    /// emergency the duty desk decides about a welfare check.
    pub(super) fn no_answer(&self, attempt: u32, text: &str) -> Result<Change, Refusal> {
        let told = text.trim();
        let note = format!("Rang, no answer (attempt {attempt}){}{told}", if told.is_empty() { "" } else { ": " });
        let words = format!("Rang, no answer: attempt {attempt}");
        let red = self.item.is_red();
        let last = attempt >= CALLS;
        let mut message = None;
        // An appointment stands, whatever the call was about.
        let waiting = if matches!(self.waiting, WaitingFor::Appointment { .. }) { self.waiting } else { WaitingFor::Practice };
        let after = match self.waiting {
            _ if red => {
                let minutes = if last { 5 } else { 10 };
                let due = self.ctx.calendar.add_core_minutes(self.ctx.now, minutes);
                let owner = if last { Owner { team: self.ctx.teams.duty, person: None } } else { self.next.owner };
                self.without_proposal(NextMove { owner, action: NextAction::CallNow, due }, waiting)
            }
            WaitingFor::Appointment { starts, .. } if last => {
                message = Some(NO_ANSWER.to_owned());
                self.with_next(NextMove { action: NextAction::See, due: starts.max(self.ctx.now), ..self.next }, waiting)
            }
            _ if last => {
                message = Some(NO_ANSWER.to_owned());
                let due = answer_due(self.item.position.urgency, self.ctx.now, self.ctx.calendar);
                let next = NextMove { owner: self.next.owner, action: NextAction::AwaitPatient, due };
                self.with_next(next, WaitingFor::Patient { asked_at: self.ctx.now })
            }
            _ => {
                let minutes = if self.item.position.urgency == Some(Urgency::SameDay) { 30 } else { 120 };
                let due = self.ctx.calendar.add_core_minutes(self.ctx.now, minutes);
                self.with_next(NextMove { action: NextAction::CallBack, due, ..self.next }, waiting)
            }
        };
        let words = match (red && last, &message) {
            (true, _) => format!("{words}; the duty desk decides about a welfare check"),
            (_, Some(_)) => format!("{words}; written to instead"),
            _ => words,
        };
        let mut change = self.change(after, Verb::NoAnswer, words);
        change.effects.push(Effect::Note { text: note });
        change.effects.extend(message.map(|text| Effect::Message { purpose: Purpose::MoreInformation, text }));
        Ok(change)
    }

    /// What the patient writes comes back to the same owner with the clock restarted; an appointment stands.
    pub(super) fn patient_writes(&self, text: &str) -> Result<Change, Refusal> {
        let text = written(text)?;
        let answered = matches!(self.waiting, WaitingFor::Patient { .. });
        let (verb, words) = if answered { (Verb::Answered, "Patient answered") } else { (Verb::PatientAdded, "Patient added something") };
        let after =
            match self.waiting {
                WaitingFor::Patient { .. } => self
                    .with_next(NextMove { owner: self.next.owner, action: NextAction::ReadAnswer, due: self.due() }, WaitingFor::Practice),
                WaitingFor::Practice => {
                    // What must happen first still does; anything later waits until this has been read.
                    use NextAction::{CallNow, Complete, ConfirmLower, ReadAnswer, Repair, Resend, Triage};
                    let action = match self.next.action {
                        first @ (CallNow | Triage | ConfirmLower | Complete | Resend | Repair) => first,
                        _ => ReadAnswer,
                    };
                    self.with_next(NextMove { action, due: self.next.due.min(self.due()), ..self.next }, self.waiting)
                }
                WaitingFor::Appointment { .. } => self
                    .with_next(NextMove { action: NextAction::ReadAnswer, due: self.due().min(self.next.due), ..self.next }, self.waiting),
            };
        let mut change = self.change(after, verb, words);
        change.effects.push(Effect::FromPatient { text });
        Ok(change)
    }

    /// A red request is not closed by cancelling: somebody makes sure that the person is safe.
    pub(super) fn patient_cancels(&self) -> Change {
        if self.item.was_red {
            let next = NextMove { action: NextAction::CallNow, due: self.due().min(self.next.due), ..self.next };
            let mut change = self.change(
                self.without_proposal(next, WaitingFor::Practice),
                Verb::PatientCancelled,
                "Patient cancelled; it was red, so somebody makes sure that they are safe",
            );
            change.effects.push(Effect::FromPatient { text: "I no longer need this request.".into() });
            if matches!(self.waiting, WaitingFor::Appointment { .. }) {
                change.effects.push(Effect::ReleaseSlot);
            }
            return change;
        }
        let after = Position { state: State::Closed { at: self.ctx.now, outcome: Outcome::Cancelled }, ..self.item.position.clone() };
        let mut change = self.change(after, Verb::PatientCancelled, "Cancelled by the patient");
        change.effects.push(Effect::Record { outcome: Outcome::Cancelled, code: None, text: "Cancelled by the patient.".into() });
        if matches!(self.waiting, WaitingFor::Appointment { .. }) {
            change.effects.push(Effect::ReleaseSlot);
        }
        change
    }

    pub(super) fn turns_red(&self, sign: &str) -> Change {
        let next = NextMove {
            owner: Owner { team: self.ctx.teams.duty, person: None },
            action: NextAction::CallNow,
            due: staff_due(Some(Urgency::Emergency), self.ctx.now, self.ctx.calendar),
        };
        let waiting = match self.waiting {
            WaitingFor::Appointment { .. } => self.waiting,
            _ => WaitingFor::Practice,
        };
        let after = Position { urgency: Some(Urgency::Emergency), ..self.without_proposal(next, waiting) };
        self.change(after, Verb::PatientAdded, format!("Emergency sign from the patient: {sign}"))
    }

    pub(super) fn no_reply(&self) -> Result<Change, Refusal> {
        let WaitingFor::Patient { .. } = self.waiting else { return Err(Refusal::NotAsked) };
        let next = NextMove { action: NextAction::Chase, due: self.due(), ..self.next };
        Ok(self.change(self.with_next(next, WaitingFor::Practice), Verb::NoReply, "No reply in time; back with the practice"))
    }
}
