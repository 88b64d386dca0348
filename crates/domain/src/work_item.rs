//! The work item: anything on the desk, its one next move, and the one function that decides what may happen to it.

use jiff::{Timestamp, civil::Date};
use portico_nhs::{BookingId, Calendar, PatientId, Reference, StaffId, TeamId, WorkItemId, codes};
use serde::{Deserialize, Serialize};

use crate::{
    pathway::Pathway,
    record::Outcome,
    request::{Door, Kind},
    triage::Urgency,
};

mod decide;
pub use decide::{Change, Command, Context, Effect, Refusal, decide};

/// Days within which a second request by the same person is a repeat contact.
pub const REPEAT_DAYS: i64 = 14;
/// Calls without an answer after which something else is done.
pub const CALLS: u32 = 3;
/// Days within which everything is signed off.
pub const SIGN_OFF_DAYS: i64 = 7;

codes! {
    /// What must be done next.
    NextAction {
        CallNow = "call_now", "Contact the patient now";
        Triage = "triage", "Read and triage";
        ConfirmLower = "confirm_lower", "Confirm the lower urgency";
        SetPathway = "set_pathway", "Choose a pathway";
        Book = "book", "Book an appointment";
        Answer = "answer", "Answer the patient";
        AwaitPatient = "await_patient", "Patient to answer";
        AwaitChoice = "await_choice", "Patient to choose an appointment";
        ReadAnswer = "read_answer", "Read the patient's answer";
        Chase = "chase", "Chase the patient's answer";
        CallBack = "call_back", "Ring the patient";
        See = "see", "See the patient, then record it";
        Missed = "missed", "Contact the patient: they did not attend";
        SignOff = "sign_off", "Close with an outcome";
        Resend = "resend", "Reach the patient another way";
        Repair = "repair", "Find out what failed";
        Complete = "complete", "Finish the request with the patient";
    }
}

/// Who must act: always a team, and a person of it when one has taken it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The team that answers for it.
    pub team: TeamId,
    /// The person who has it; they are at work.
    pub person: Option<StaffId>,
}

/// Who does what by when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextMove {
    /// Who.
    pub owner: Owner,
    /// What.
    pub action: NextAction,
    /// By when.
    pub due: Timestamp,
}

/// Whom an open item waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "waiting_for", rename_all = "snake_case")]
pub enum WaitingFor {
    /// Staff must act.
    Practice,
    /// The patient was asked.
    Patient {
        /// When.
        asked_at: Timestamp,
    },
    /// An appointment is booked.
    Appointment {
        /// Which.
        booking: BookingId,
        /// When it begins.
        starts: Timestamp,
    },
}

impl WaitingFor {
    /// The stable code: stored and filtered by.
    pub const fn code(self) -> &'static str {
        match self {
            WaitingFor::Practice => "practice",
            WaitingFor::Patient { .. } => "patient",
            WaitingFor::Appointment { .. } => "appointment",
        }
    }
}

/// Open with one next move, or closed with an outcome; nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Somebody must act.
    Open {
        /// Who, what, by when.
        next: NextMove,
        /// Whom it waits for.
        waiting: WaitingFor,
    },
    /// Done.
    Closed {
        /// When.
        at: Timestamp,
        /// How it ended.
        outcome: Outcome,
    },
}

/// A lower urgency for a red item that one person proposed and a second must confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Who proposed.
    pub by: StaffId,
    /// Their name.
    pub by_name: String,
    /// To what.
    pub urgency: Urgency,
    /// Where to.
    pub pathway: Option<Pathway>,
    /// Why.
    pub reason: String,
}

/// Everything about an item that a decision can change, and that undo puts back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// How soon; `None` until a person has triaged it.
    pub urgency: Option<Urgency>,
    /// Where it goes.
    pub pathway: Option<Pathway>,
    /// Open or closed.
    pub state: State,
    /// A lower urgency that waits for a second person.
    pub proposal: Option<Proposal>,
    /// Whether the earlier request of a repeat contact has been read.
    pub earlier_read: bool,
}

/// Anything on the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// Its id.
    pub id: WorkItemId,
    /// What people quote.
    pub reference: Reference,
    /// What it is about.
    pub kind: Kind,
    /// How it came.
    pub door: Door,
    /// The patient, once matched.
    pub patient: Option<PatientId>,
    /// The name to show.
    pub person_name: String,
    /// The date of birth to show.
    pub birth_date: Option<Date>,
    /// When it came.
    pub received_at: Timestamp,
    /// By when the patient was promised to hear what happens next.
    pub promised_by: Timestamp,
    /// Whether it was ever red; a red flag is kept.
    pub was_red: bool,
    /// The request it repeats, if the same person asked within 14 days.
    pub earlier: Option<WorkItemId>,
    /// Counts changes; a command made on an older version is refused.
    pub version: i64,
    /// Where it stands.
    pub position: Position,
}

impl WorkItem {
    /// The next move while open.
    pub fn next(&self) -> Option<&NextMove> {
        match &self.position.state {
            State::Open { next, .. } => Some(next),
            State::Closed { .. } => None,
        }
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.next().is_some()
    }

    /// Whether it is red now.
    pub fn is_red(&self) -> bool {
        self.position.urgency == Some(Urgency::Emergency)
    }
}

/// Where a new item starts: red with the duty desk when an emergency sign was ticked, otherwise with the triage team,
/// untriaged. Nothing is routine by default.
pub fn first_position(kind: Kind, red: bool, repeat: bool, teams: &crate::staff::Teams, now: Timestamp, calendar: &Calendar) -> Position {
    let urgency = red.then_some(Urgency::Emergency);
    let team = if red { teams.duty } else { teams.triage };
    let action = match kind {
        Kind::Undelivered => NextAction::Resend,
        Kind::FailedJob => NextAction::Repair,
        _ if red => NextAction::CallNow,
        Kind::Unfinished => NextAction::Complete,
        _ => NextAction::Triage,
    };
    let due = crate::triage::staff_due(urgency, now, calendar);
    let next = NextMove { owner: Owner { team, person: None }, action, due };
    Position { urgency, pathway: None, state: State::Open { next, waiting: WaitingFor::Practice }, proposal: None, earlier_read: !repeat }
}
