//! The one function that decides: pure, total, and with a sentence for every "no".

use jiff::Timestamp;
use portico_nhs::{BookingId, Calendar, StaffId, TeamId};
use thiserror::Error;

use super::{NextAction, NextMove, Owner, Position, Proposal, State, WaitingFor, WorkItem};
use crate::{
    access::{Action, allowed},
    event::Verb,
    message::Purpose,
    pathway::Pathway,
    record::{CodedReason, Outcome},
    staff::{Actor, Role, Teams},
    triage::{Urgency, staff_due},
};

/// Something that a person or the passing of time wants to do to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Give it to a team, or to a person of it.
    Assign {
        /// The team.
        team: TeamId,
        /// The person and whether they are at work.
        person: Option<(StaffId, bool)>,
    },
    /// Set urgency, and pathway if chosen.
    Triage {
        /// How soon.
        urgency: Urgency,
        /// Where to.
        pathway: Option<Pathway>,
        /// Why, when the urgency changes after the first triage.
        reason: String,
    },
    /// A second person agrees to lower a red item.
    ConfirmLower,
    /// A second person keeps it red.
    RefuseLower,
    /// Set the pathway alone.
    SetPathway {
        /// Where to.
        pathway: Pathway,
    },
    /// Ask the patient for more.
    Ask {
        /// What to ask.
        text: String,
    },
    /// Send the patient a questionnaire.
    SendForm {
        /// As people call it.
        title: String,
        /// By when it is wanted back.
        due: Timestamp,
    },
    /// Answer the patient.
    Reply {
        /// The words.
        text: String,
    },
    /// Write to colleagues; the patient never sees it.
    Note {
        /// The words.
        text: String,
    },
    /// Somebody spoke with the patient by telephone.
    Called {
        /// What was agreed.
        text: String,
    },
    /// The patient is to be rung at a time.
    RingAt {
        /// When.
        at: Timestamp,
        /// What was agreed, or what the call is about.
        text: String,
    },
    /// Somebody rang and nobody answered.
    NoAnswer {
        /// Which attempt it was: 1 for the first since the patient was last spoken with.
        attempt: u32,
        /// What colleagues should know of it.
        text: String,
    },
    /// Say that the earlier request of a repeat contact has been read.
    ReadEarlier,
    /// The patient answered or added something.
    PatientWrites {
        /// The words.
        text: String,
    },
    /// The patient no longer needs it.
    PatientCancels,
    /// The patient ticked an emergency sign after the request was made.
    TurnsRed {
        /// Which sign, in words.
        sign: String,
    },
    /// The patient has not answered in time.
    NoReply,
    /// A slot has been booked.
    Book {
        /// The booking.
        booking: BookingId,
        /// When it begins.
        starts: Timestamp,
        /// When it ends.
        ends: Timestamp,
        /// The words that tell the patient.
        text: String,
        /// Whether another appointment was given up for it.
        moved: bool,
        /// Whether the patient is told; not when another message names this appointment too.
        tells: bool,
    },
    /// The appointment has been given up.
    CancelBooking {
        /// The words that tell the patient.
        text: String,
        /// Whether the patient is told; not when another message names this appointment too.
        tells: bool,
    },
    /// The patient is to choose an appointment by their private link.
    InviteToBook {
        /// Whether they are sent it; not when they have it already.
        tells: bool,
    },
    /// The practice takes the appointment back; the patient chooses another, or staff find one when it is urgent.
    TakeBack {
        /// Why, as the patient is told.
        text: String,
    },
    /// Opens a closed item again because something changes that it was closed on.
    Reopen {
        /// What.
        why: String,
    },
    /// The patient has come, or was there after all; or what was noted about it is taken back.
    Attended {
        /// The booking.
        booking: BookingId,
        /// When it began.
        starts: Timestamp,
        /// When it ends.
        ends: Timestamp,
        /// Whether they came.
        came: bool,
    },
    /// The patient did not come.
    DidNotAttend,
    /// Somebody whom a message to many was for was not reached.
    NotReached,
    /// Close it.
    Close {
        /// How it ended.
        outcome: Outcome,
        /// The coded reason, if chosen.
        code: Option<CodedReason>,
        /// What was done.
        text: String,
    },
    /// Put the position before the last change back.
    Undo {
        /// What was done.
        of: Verb,
        /// The position before it.
        before: Box<Position>,
        /// Whether the owner in that position is still at work.
        owner_at_work: bool,
    },
    /// The owner is away or has left.
    HandBack,
}

/// What a decision may look at besides the item.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Who wants it.
    pub actor: &'a Actor,
    /// The present moment.
    pub now: Timestamp,
    /// Working time.
    pub calendar: &'a Calendar,
    /// Who owns what.
    pub teams: &'a Teams,
}

/// What happens besides the change of position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A message goes to the patient.
    Message {
        /// Why.
        purpose: Purpose,
        /// The words.
        text: String,
    },
    /// The patient wrote something.
    FromPatient {
        /// The words.
        text: String,
    },
    /// A note for colleagues.
    Note {
        /// The words.
        text: String,
    },
    /// A line on the timeline.
    Record {
        /// How it ended.
        outcome: Outcome,
        /// Coded reason.
        code: Option<CodedReason>,
        /// What was done.
        text: String,
    },
    /// The line on the timeline is withdrawn.
    WithdrawRecord,
    /// The appointment is given up.
    ReleaseSlot,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The item afterwards.
    pub after: Position,
    /// What happened.
    pub verb: Verb,
    /// What history says, in one line.
    pub words: String,
    /// What else happens.
    pub effects: Vec<Effect>,
}

impl Change {
    /// The change, without its message where the patient knows already.
    fn telling(mut self, tells: bool) -> Self {
        self.effects.retain(|e| tells || !matches!(e, Effect::Message { .. }));
        self
    }
}

/// Why something may not happen, as a sentence that the person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The item is closed.
    #[error("This item is closed. Undo the closing first.")]
    Closed,
    /// The role may not.
    #[error("Your role ({}) may not do this: {}.", .0.label(), .1.label())]
    NotAllowed(Role, Action),
    /// A red item may not go there.
    #[error("A red request goes to the urgent hub or a GP.")]
    RedPathway,
    /// A same-day item may not go there.
    #[error("{0} does not take {1} requests. Choose another pathway.")]
    PathwayDoesNotTake(Pathway, Urgency),
    /// A reason is missing.
    #[error("Say why you are changing the urgency.")]
    NoReason,
    /// The proposal is one's own.
    #[error("You proposed this. A second person must confirm it.")]
    SamePerson,
    /// There is no proposal.
    #[error("Nobody has proposed a lower urgency.")]
    NoProposal,
    /// The person is away or has left.
    #[error("They are away or have left. Choose somebody who is at work, or the team.")]
    NotAtWork,
    /// Text is missing.
    #[error("Write something first.")]
    Empty,
    /// The text is too long.
    #[error("Shorten the text to at most {0} characters.")]
    TooLong(usize),
    /// The earlier request has not been read.
    #[error("This is a repeat contact. Mark the earlier request as read before you close this one.")]
    EarlierUnread,
    /// A red item is closed by a clinician, or as seen or sent to 999.
    #[error(
        "A red request is closed by a clinician, or as seen or sent to 999 or A&E. Ask a clinician, or lower the urgency with a second person."
    )]
    RedClose,
    /// A second person or a clinician is needed to undo into a lower urgency.
    #[error("Undoing this would lower a red request. Ask a clinician.")]
    RedUndo,
    /// It cannot be undone.
    #[error("{} cannot be undone: {}.", .0.label(), .1)]
    NotUndoable(Verb, &'static str),
    /// There is a booking.
    #[error("There is an appointment. Cancel it first, or close as booked or seen.")]
    HasBooking,
    /// Booking before triage.
    #[error("Choose an urgency and a pathway before you book.")]
    NotTriaged,
    /// An emergency is not left to a link.
    #[error("An emergency is booked by a person. Ring the patient.")]
    RedChoice,
    /// The pathway has no slots by its nature.
    #[error("{0} has no appointments to choose from.")]
    NothingToChoose(Pathway),
    /// Nothing to answer.
    #[error("The patient was not asked anything.")]
    NotAsked,
    /// An emergency is rung now.
    #[error("A red request is rung now, not later. Ring them, or have a clinician lower the urgency.")]
    RedRing,
    /// The call would come after the patient must have been dealt with, or is over.
    #[error("Choose a time that is still to come and not too late for the urgency of this request.")]
    RingTime,
}

/// What history says of a message to many that did not arrive.
const NOT_REACHED: &str = "Somebody was not reached; see the results";
/// The longest text that staff may write in one box, in characters.
const STAFF_TEXT_MAX: usize = 10_000;

impl Command {
    /// The permission it needs of staff; patients and jobs need none.
    pub fn action(&self) -> Action {
        match self {
            Command::Assign { .. } | Command::HandBack => Action::Assign,
            Command::Triage { .. } | Command::ConfirmLower | Command::RefuseLower | Command::SetPathway { .. } => Action::Triage,
            Command::Ask { .. } | Command::SendForm { .. } | Command::Reply { .. } | Command::Note { .. } | Command::ReadEarlier => {
                Action::Converse
            }
            Command::Called { .. } | Command::RingAt { .. } | Command::NoAnswer { .. } => Action::Converse,
            Command::PatientWrites { .. } | Command::PatientCancels | Command::TurnsRed { .. } | Command::NoReply => Action::Converse,
            Command::Book { .. } | Command::CancelBooking { .. } | Command::InviteToBook { .. } => Action::Book,
            Command::TakeBack { .. } | Command::Reopen { .. } => Action::ManageRota,
            Command::Attended { .. } | Command::DidNotAttend => Action::Attend,
            Command::NotReached => Action::Converse,
            Command::Close { .. } => Action::Close,
            Command::Undo { .. } => Action::Undo,
        }
    }
}

/// Decides what a command does to an item, or says why it may not.
pub fn decide(item: &WorkItem, command: &Command, ctx: &Context<'_>) -> Result<Change, Refusal> {
    if let Actor::Staff { role, .. } = ctx.actor
        && !allowed(*role, command.action())
    {
        return Err(Refusal::NotAllowed(*role, command.action()));
    }
    let State::Open { next, waiting } = item.position.state else { return decide_closed(item, command, ctx) };
    let open = Open { item, next, waiting, ctx };
    match command {
        Command::Assign { team, person } => open.assign(*team, *person),
        Command::Triage { urgency, pathway, reason } => open.triage(*urgency, *pathway, reason),
        Command::ConfirmLower => open.confirm_lower(),
        Command::RefuseLower => open.refuse_lower(),
        Command::SetPathway { pathway } => open.set_pathway(*pathway),
        Command::Ask { text } => open.ask(text),
        Command::SendForm { title, due } => Ok(open.send_form(title, *due)),
        Command::Reply { text } => open.reply(text),
        Command::Note { text } => open.note(text),
        Command::Called { text } => open.called(text),
        Command::RingAt { at, text } => open.ring_at(*at, text),
        Command::NoAnswer { attempt, text } => open.no_answer(*attempt, text),
        Command::ReadEarlier => {
            Ok(open.change(Position { earlier_read: true, ..item.position.clone() }, Verb::EarlierRead, "Earlier request read"))
        }
        Command::PatientWrites { text } => open.patient_writes(text),
        Command::PatientCancels => Ok(open.patient_cancels()),
        Command::TurnsRed { sign } => Ok(open.turns_red(sign)),
        Command::NoReply => open.no_reply(),
        Command::Book { booking, starts, ends, text, moved, tells } => {
            let change = open.book(*booking, *starts, *ends, text, *moved)?;
            Ok(change.telling(*tells))
        }
        Command::CancelBooking { text, tells } => Ok(open.cancel_booking(text)?.telling(*tells)),
        Command::InviteToBook { tells } => Ok(open.invite_to_book()?.telling(*tells)),
        Command::TakeBack { text } => open.take_back(text),
        Command::Reopen { why } => Ok(open.change(item.position.clone(), Verb::RotaChanged, why.as_str())),
        Command::Attended { booking, starts, ends, came } => Ok(open.attended(*booking, (*starts, *ends), *came)),
        Command::DidNotAttend => open.did_not_attend(),
        Command::NotReached => {
            Ok(open.change(open.with_next(open.first_or(NextAction::Resend), waiting), Verb::MessageFailed, NOT_REACHED))
        }
        Command::Close { outcome, code, text } => open.close(*outcome, *code, text),
        Command::Undo { of, before, owner_at_work } => open.undo(*of, before, *owner_at_work),
        Command::HandBack => Ok(open.hand_back()),
    }
}

/// A closed item takes an undo, a note, and what the patient writes (which opens it again).
fn decide_closed(item: &WorkItem, command: &Command, ctx: &Context<'_>) -> Result<Change, Refusal> {
    let reopened = |action| {
        let urgency = item.position.urgency;
        let team =
            if item.is_red() { ctx.teams.duty } else { item.position.pathway.map_or(ctx.teams.triage, |p| ctx.teams.for_pathway(p)) };
        NextMove { owner: Owner { team, person: None }, action, due: staff_due(urgency, ctx.now, ctx.calendar) }
    };
    let with = |next, urgency| Position { urgency, state: State::Open { next, waiting: WaitingFor::Practice }, ..item.position.clone() };
    match command {
        Command::Note { text } => {
            let text = written(text)?;
            Ok(Change {
                after: item.position.clone(),
                verb: Verb::Noted,
                words: "Note to colleagues".into(),
                effects: vec![Effect::Note { text }],
            })
        }
        Command::PatientWrites { text } => Ok(Change {
            after: with(reopened(NextAction::ReadAnswer), item.position.urgency),
            verb: Verb::PatientAdded,
            words: "Patient wrote after closing; opened again".into(),
            effects: vec![Effect::FromPatient { text: written(text)? }],
        }),
        Command::TurnsRed { sign } => {
            let next = NextMove {
                owner: Owner { team: ctx.teams.duty, person: None },
                action: NextAction::CallNow,
                due: staff_due(Some(Urgency::Emergency), ctx.now, ctx.calendar),
            };
            Ok(Change {
                after: with(next, Some(Urgency::Emergency)),
                verb: Verb::PatientAdded,
                words: format!("Emergency sign: {sign}; opened again"),
                effects: Vec::new(),
            })
        }
        Command::NotReached => Ok(Change {
            after: with(reopened(NextAction::Resend), item.position.urgency),
            verb: Verb::MessageFailed,
            words: NOT_REACHED.into(),
            effects: Vec::new(),
        }),
        Command::DidNotAttend => Ok(Change {
            after: with(reopened(NextAction::Missed), item.position.urgency),
            verb: Verb::DidNotAttend,
            words: "Did not attend the appointment; opened again".into(),
            effects: Vec::new(),
        }),
        Command::Reopen { why } => Ok(Change {
            after: with(reopened(NextAction::See), item.position.urgency),
            verb: Verb::RotaChanged,
            words: why.clone(),
            effects: Vec::new(),
        }),
        Command::Undo { of: Verb::Closed, before, owner_at_work } => {
            let mut after = (**before).clone();
            drop_absent_owner(&mut after, *owner_at_work);
            Ok(Change { after, verb: Verb::Undone, words: "Closing undone".into(), effects: vec![Effect::WithdrawRecord] })
        }
        Command::Undo { of, .. } => Err(Refusal::NotUndoable(*of, "the item is closed; undo the closing first")),
        _ => Err(Refusal::Closed),
    }
}

fn drop_absent_owner(position: &mut Position, at_work: bool) {
    if let State::Open { next, .. } = &mut position.state
        && !at_work
    {
        next.owner.person = None;
    }
}

fn written(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.chars().count() > crate::request::TEXT_MAX.max(STAFF_TEXT_MAX) {
        return Err(Refusal::TooLong(crate::request::TEXT_MAX.max(STAFF_TEXT_MAX)));
    }
    Ok(text.to_owned())
}

/// What to do once urgency and pathway are known.
fn action_for(urgency: Urgency, pathway: Option<Pathway>) -> NextAction {
    match pathway {
        None if urgency == Urgency::Emergency => NextAction::CallNow,
        None => NextAction::SetPathway,
        Some(p) if p.takes_bookings() => NextAction::Book,
        Some(_) => NextAction::Answer,
    }
}

fn check_pathway(pathway: Option<Pathway>, urgency: Urgency) -> Result<(), Refusal> {
    match pathway {
        Some(p) if !p.may_take(urgency) && urgency == Urgency::Emergency => Err(Refusal::RedPathway),
        Some(p) if !p.may_take(urgency) => Err(Refusal::PathwayDoesNotTake(p, urgency)),
        _ => Ok(()),
    }
}

/// An open item with its next move and what it waits for, and the context of the decision.
struct Open<'a> {
    item: &'a WorkItem,
    next: NextMove,
    waiting: WaitingFor,
    ctx: &'a Context<'a>,
}

impl Open<'_> {
    fn change(&self, after: Position, verb: Verb, words: impl Into<String>) -> Change {
        Change { after, verb, words: words.into(), effects: Vec::new() }
    }

    /// A lower urgency that was proposed is confirmed or refused before anything else happens.
    fn with_next(&self, next: NextMove, waiting: WaitingFor) -> Position {
        let waits = match waiting {
            WaitingFor::Patient { .. } => WaitingFor::Practice,
            standing => standing,
        };
        let state = match &self.item.position.proposal {
            Some(_) => {
                let next = NextMove { action: NextAction::ConfirmLower, due: next.due.min(self.next.due), ..next };
                State::Open { next, waiting: waits }
            }
            None => State::Open { next, waiting },
        };
        Position { state, ..self.item.position.clone() }
    }

    /// What is next when nothing that was proposed stands any more.
    fn without_proposal(&self, next: NextMove, waiting: WaitingFor) -> Position {
        Position { state: State::Open { next, waiting }, proposal: None, ..self.item.position.clone() }
    }

    /// The next move when an appointment falls away: what must happen first still does, whatever becomes of the appointment.
    fn first_or(&self, action: NextAction) -> NextMove {
        let due = self.due();
        match self.next.action {
            NextAction::ReadAnswer | NextAction::CallBack | NextAction::CallNow | NextAction::ConfirmLower => {
                NextMove { due: self.next.due.min(due), ..self.next }
            }
            _ => NextMove { action, due, ..self.next },
        }
    }

    fn due(&self) -> Timestamp {
        staff_due(self.item.position.urgency, self.ctx.now, self.ctx.calendar)
    }

    fn assign(&self, team: TeamId, person: Option<(StaffId, bool)>) -> Result<Change, Refusal> {
        if matches!(person, Some((_, false))) {
            return Err(Refusal::NotAtWork);
        }
        let owner = Owner { team, person: person.map(|(id, _)| id) };
        Ok(self.change(self.with_next(NextMove { owner, ..self.next }, self.waiting), Verb::Assigned, "Assigned"))
    }

    fn triage(&self, urgency: Urgency, pathway: Option<Pathway>, reason: &str) -> Result<Change, Refusal> {
        let was = self.item.position.urgency;
        let pathway = pathway.or(self.item.position.pathway.filter(|p| p.may_take(urgency)));
        check_pathway(pathway, urgency)?;
        let reason = reason.trim();
        if was.is_some_and(|w| w != urgency) && reason.is_empty() {
            return Err(Refusal::NoReason);
        }
        let lowers_red = was == Some(Urgency::Emergency) && urgency != Urgency::Emergency;
        if lowers_red && !self.ctx.actor.is_clinician() {
            return self.propose(urgency, pathway, reason);
        }
        Ok(self.triaged(urgency, pathway, reason))
    }

    /// An appointment that stands and an answer that is awaited survive a change of urgency.
    fn triaged(&self, urgency: Urgency, pathway: Option<Pathway>, reason: &str) -> Change {
        let was = self.item.position.urgency;
        let due = staff_due(Some(urgency), self.ctx.now, self.ctx.calendar);
        let team = match (urgency, pathway) {
            (Urgency::Emergency, _) => self.ctx.teams.duty,
            (_, Some(p)) => self.ctx.teams.for_pathway(p),
            (_, None) => self.next.owner.team,
        };
        let person = self.next.owner.person.filter(|_| team == self.next.owner.team);
        let owner = Owner { team, person };
        let sooner = if was.is_some_and(|w| urgency < w) { due.min(self.next.due) } else { self.next.due };
        let red = urgency == Urgency::Emergency;
        let (next, waiting) = match self.waiting {
            // Nobody waits for an answer from somebody who needs help now.
            WaitingFor::Patient { .. } if red => (NextMove { owner, action: action_for(urgency, pathway), due }, WaitingFor::Practice),
            WaitingFor::Practice => (NextMove { owner, action: action_for(urgency, pathway), due }, self.waiting),
            WaitingFor::Appointment { starts, .. } => {
                // Lowering, whoever confirmed it, answers the call that red asked for.
                let answered = self.next.action == NextAction::ConfirmLower || self.next.action == NextAction::CallNow && !red;
                let next = match answered {
                    true => NextMove { owner, action: NextAction::See, due: starts.max(self.ctx.now) },
                    false => NextMove { owner, action: self.next.action, due: sooner },
                };
                (next, self.waiting)
            }
            WaitingFor::Patient { .. } => (NextMove { owner, action: self.next.action, due: sooner }, self.waiting),
        };
        let after = Position { urgency: Some(urgency), pathway, ..self.without_proposal(next, waiting) };
        let moved = match was {
            None => format!("Triaged {}", urgency.label()),
            Some(w) if w == urgency => format!("Kept {}", urgency.label()),
            Some(w) if urgency < w => format!("Upgraded from {} to {}", w.label(), urgency.label()),
            Some(w) => format!("Downgraded from {} to {}", w.label(), urgency.label()),
        };
        let to = pathway.map(|p| format!(", {}", p.label())).unwrap_or_default();
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        self.change(after, Verb::Triaged, format!("{moved}{to}{why}"))
    }

    fn propose(&self, urgency: Urgency, pathway: Option<Pathway>, reason: &str) -> Result<Change, Refusal> {
        let Actor::Staff { id, name, .. } = self.ctx.actor else { return Err(Refusal::RedUndo) };
        let proposal = Proposal { by: *id, by_name: name.clone(), urgency, pathway, reason: reason.to_owned() };
        let next = NextMove { action: NextAction::ConfirmLower, ..self.next };
        let waiting = match self.waiting {
            WaitingFor::Patient { .. } => WaitingFor::Practice,
            standing => standing,
        };
        let after = Position { proposal: Some(proposal), ..self.without_proposal(next, waiting) };
        Ok(self.change(
            after,
            Verb::DowngradeProposed,
            format!("Proposed to lower to {}: {reason}. A second person must confirm; it stays red until then.", urgency.label()),
        ))
    }

    fn second_person(&self) -> Result<&Proposal, Refusal> {
        let proposal = self.item.position.proposal.as_ref().ok_or(Refusal::NoProposal)?;
        if self.ctx.actor.staff_id() == Some(proposal.by) && !self.ctx.actor.is_clinician() {
            return Err(Refusal::SamePerson);
        }
        Ok(proposal)
    }

    fn confirm_lower(&self) -> Result<Change, Refusal> {
        let proposal = self.second_person()?;
        check_pathway(proposal.pathway, proposal.urgency)?;
        Ok(self.triaged(proposal.urgency, proposal.pathway, &format!("{} (proposed by {})", proposal.reason, proposal.by_name)))
    }

    fn refuse_lower(&self) -> Result<Change, Refusal> {
        self.second_person()?;
        let next = NextMove { action: NextAction::CallNow, ..self.next };
        let after = self.without_proposal(next, self.waiting);
        Ok(self.change(after, Verb::DowngradeRefused, "Kept red by a second person"))
    }

    fn set_pathway(&self, pathway: Pathway) -> Result<Change, Refusal> {
        let Some(urgency) = self.item.position.urgency else { return Err(Refusal::NotTriaged) };
        check_pathway(Some(pathway), urgency)?;
        let team = if urgency == Urgency::Emergency { self.ctx.teams.duty } else { self.ctx.teams.for_pathway(pathway) };
        let owner = Owner { team, person: self.next.owner.person.filter(|_| team == self.next.owner.team) };
        let next = match self.waiting {
            WaitingFor::Practice => NextMove { owner, action: action_for(urgency, Some(pathway)), due: self.due() },
            _ => NextMove { owner, ..self.next },
        };
        let after = Position { pathway: Some(pathway), ..self.with_next(next, self.waiting) };
        Ok(self.change(after, Verb::PathwaySet, format!("Pathway: {}", pathway.label())))
    }

    fn close(&self, outcome: Outcome, code: Option<CodedReason>, text: &str) -> Result<Change, Refusal> {
        if !self.item.position.earlier_read {
            return Err(Refusal::EarlierUnread);
        }
        if self.item.is_red() && !self.ctx.actor.is_clinician() && !matches!(outcome, Outcome::Seen | Outcome::Emergency) {
            return Err(Refusal::RedClose);
        }
        let future_booking = matches!(self.waiting, WaitingFor::Appointment { starts, .. } if starts > self.ctx.now);
        if future_booking && !matches!(outcome, Outcome::Booked | Outcome::Seen) {
            return Err(Refusal::HasBooking);
        }
        let text = if text.trim().is_empty() { outcome.label().to_owned() } else { written(text)? };
        let after = Position { state: State::Closed { at: self.ctx.now, outcome }, proposal: None, ..self.item.position.clone() };
        let mut change = self.change(after, Verb::Closed, format!("Closed: {}", outcome.label()));
        change.effects.push(Effect::Record { outcome, code, text });
        Ok(change)
    }

    fn undo(&self, of: Verb, before: &Position, owner_at_work: bool) -> Result<Change, Refusal> {
        match of {
            Verb::Triaged | Verb::PathwaySet | Verb::Assigned | Verb::EarlierRead => {}
            Verb::CallPlanned | Verb::DowngradeProposed | Verb::DowngradeRefused => {}
            Verb::Called | Verb::NoAnswer => {
                return Err(Refusal::NotUndoable(of, "the call was made; write a note that says what was wrong"));
            }
            Verb::Asked | Verb::Replied => return Err(Refusal::NotUndoable(of, "the message has gone; write to the patient again")),
            Verb::Booked | Verb::BookingMoved | Verb::BookingCancelled => {
                return Err(Refusal::NotUndoable(of, "the patient has been told; move, cancel or book again"));
            }
            _ => return Err(Refusal::NotUndoable(of, "it was not a change by staff")),
        }
        let lowers_red = self.item.is_red() && before.urgency != Some(Urgency::Emergency);
        if lowers_red && !self.ctx.actor.is_clinician() {
            return Err(Refusal::RedUndo);
        }
        let mut after = before.clone();
        drop_absent_owner(&mut after, owner_at_work);
        Ok(self.change(after, Verb::Undone, format!("Undone: {}", of.label())))
    }

    fn hand_back(&self) -> Change {
        let next = NextMove { owner: Owner { team: self.next.owner.team, person: None }, ..self.next };
        self.change(self.with_next(next, self.waiting), Verb::HandedBack, "Handed back to the team: the owner is away or has left")
    }
}

mod appointment;
mod conversation;
#[cfg(test)]
mod tests;
