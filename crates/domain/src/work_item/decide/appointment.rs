//! Appointments: booked, given up, taken back, kept or missed.

use jiff::Timestamp;
use portico_nhs::BookingId;

use super::{Change, Effect, Open, Refusal, action_for};
use crate::{
    event::Verb,
    message::{Purpose, answer_due},
    staff::Actor,
    triage::Urgency,
    work_item::{NextAction, NextMove, Owner, Position, WaitingFor},
};

impl Open<'_> {
    pub(super) fn book(&self, booking: BookingId, starts: Timestamp, ends: Timestamp, text: &str, moved: bool) -> Result<Change, Refusal> {
        let (Some(_), Some(pathway)) = (self.item.position.urgency, self.item.position.pathway) else { return Err(Refusal::NotTriaged) };
        if matches!(self.waiting, WaitingFor::Appointment { .. }) && !moved {
            return Err(Refusal::HasBooking);
        }
        let team = if self.item.is_red() { self.ctx.teams.duty } else { self.ctx.teams.for_pathway(pathway) };
        // What the patient wrote is still to be read, and a call still to be made, when nobody of the practice booked.
        let first = matches!(self.next.action, NextAction::ReadAnswer | NextAction::CallBack | NextAction::CallNow);
        let next = match first && !matches!(self.ctx.actor, Actor::Staff { .. }) {
            true => NextMove { due: self.next.due.min(starts), ..self.next },
            false => NextMove { owner: Owner { team, person: None }, action: NextAction::See, due: ends },
        };
        let (verb, purpose) = if moved { (Verb::BookingMoved, Purpose::BookingMoved) } else { (Verb::Booked, Purpose::Booked) };
        let mut change = self.change(self.with_next(next, WaitingFor::Appointment { booking, starts }), verb, text.to_owned());
        change.effects.push(Effect::Message { purpose, text: text.to_owned() });
        Ok(change)
    }

    pub(super) fn cancel_booking(&self, text: &str) -> Result<Change, Refusal> {
        let WaitingFor::Appointment { .. } = self.waiting else { return Err(Refusal::NotTriaged) };
        let urgency = self.item.position.urgency.unwrap_or(Urgency::Emergency);
        let next = self.first_or(action_for(urgency, self.item.position.pathway));
        let mut change = self.change(self.with_next(next, WaitingFor::Practice), Verb::BookingCancelled, text.to_owned());
        change.effects.push(Effect::ReleaseSlot);
        change.effects.push(Effect::Message { purpose: Purpose::BookingCancelled, text: text.to_owned() });
        Ok(change)
    }

    pub(super) fn invite_to_book(&self) -> Result<Change, Refusal> {
        let (Some(urgency), Some(pathway)) = (self.item.position.urgency, self.item.position.pathway) else {
            return Err(Refusal::NotTriaged);
        };
        if urgency == Urgency::Emergency {
            return Err(Refusal::RedChoice);
        }
        if !pathway.takes_bookings() {
            return Err(Refusal::NothingToChoose(pathway));
        }
        if matches!(self.waiting, WaitingFor::Appointment { .. }) {
            return Err(Refusal::HasBooking);
        }
        let mut change = self.change(self.awaiting_choice(), Verb::InvitedToBook, "Patient invited to choose an appointment");
        change.effects.push(Effect::Message { purpose: Purpose::ChooseAppointment, text: String::new() });
        Ok(change)
    }

    /// With the patient until an answer is due; then it comes back to be chased.
    pub(super) fn awaiting_choice(&self) -> Position {
        let due = answer_due(self.item.position.urgency, self.ctx.now, self.ctx.calendar);
        let next = NextMove { owner: self.next.owner, action: NextAction::AwaitChoice, due };
        self.with_next(next, WaitingFor::Patient { asked_at: self.ctx.now })
    }

    /// What is urgent is not left to a link: staff book it again.
    pub(super) fn take_back(&self, text: &str) -> Result<Change, Refusal> {
        if matches!(self.item.position.urgency, None | Some(Urgency::Emergency | Urgency::SameDay)) {
            return self.cancel_booking(text);
        }
        let WaitingFor::Appointment { .. } = self.waiting else { return Err(Refusal::NotTriaged) };
        // They choose again by their link, while what somebody must do first stays with the practice.
        let first = self.first_or(NextAction::AwaitChoice);
        let after = match first.action {
            NextAction::AwaitChoice => self.awaiting_choice(),
            _ => self.with_next(first, WaitingFor::Practice),
        };
        let mut change = self.change(after, Verb::BookingCancelled, text.to_owned());
        change.effects.push(Effect::ReleaseSlot);
        change.effects.push(Effect::Message { purpose: Purpose::Rebook, text: text.to_owned() });
        Ok(change)
    }

    /// What is noted of an earlier appointment changes nothing about the one that stands now.
    pub(super) fn attended(&self, booking: BookingId, (starts, ends): (Timestamp, Timestamp), came: bool) -> Change {
        let words = if came { "Came to the appointment" } else { "What was noted about coming to the appointment was taken back" };
        use NextAction::{Book, CallBack, CallNow, Missed, ReadAnswer};
        let next = match self.next.action {
            _ if self.waiting != WaitingFor::Practice => return self.change(self.item.position.clone(), Verb::Attended, words),
            Missed | Book => NextMove { action: NextAction::See, due: ends.max(self.ctx.now), ..self.next },
            ReadAnswer | CallBack | CallNow => self.next,
            _ => return self.change(self.item.position.clone(), Verb::Attended, words),
        };
        self.change(self.with_next(next, WaitingFor::Appointment { booking, starts }), Verb::Attended, words)
    }

    pub(super) fn did_not_attend(&self) -> Result<Change, Refusal> {
        let WaitingFor::Appointment { .. } = self.waiting else { return Err(Refusal::NotTriaged) };
        let next = self.first_or(NextAction::Missed);
        Ok(self.change(self.with_next(next, WaitingFor::Practice), Verb::DidNotAttend, "Did not attend the appointment"))
    }
}
