//! Units of work: what happens in one transaction, in the words of the job.

mod act;
mod attach;
mod batch;
mod book;
mod deliver;
mod details;
mod drafts;
mod intake;
mod letter;
mod library;
mod offer;
mod opening;
mod people;
mod prerequisite;
mod private_work;
mod questionnaire;
mod rota;
mod rule_book;
mod self_book;
mod service;
mod take_in;
mod together;

use std::sync::Arc;

use jiff::Timestamp;
use portico_domain::{
    advice::{Adviser, Mode, Signature},
    details::Details,
    layer::Change,
    message::Words,
    opening::{Doorway, OpeningRules},
    promise::Pace,
    staff::Teams,
    triage::{self, Urgency},
};
use portico_nhs::{Calendar, StaffId, TeamId};

pub use act::{Act, Acted, act, answer_safety, match_to_patient, patient_writes, undo};
pub use attach::{FILES_FROM_PATIENT, NewFile, infected, patient_sends, remove_file, staff_sends};
pub use batch::{NewBatch, close_batch, finish_making, make_batch, release_batch, send_batch, stop_batch, try_batch_again};
pub use book::{Booked, Extra, Held, attend, book, cancel_booking, cancel_together, hold, let_go, overbook, place_of, told_on, told_words};
pub use deliver::{accepted, arrived, escalate, give_up_job, goes_by_hand, tell_manager, unconfirmed, undelivered};
pub use details::{add_team, set_details, withdraw_details};
pub use drafts::{Saved, abandon, save as save_draft, start as start_draft, submit as submit_draft};
pub use intake::{Intake, LINK_DAYS, Received, receive};
pub use letter::{draft_letter, step_letter};
pub use library::{approve_questionnaire, approve_template, make_questionnaire, make_template, retire_questionnaire, retire_template};
pub use offer::{decline_offer, offer_slot, set_offer_rules, take_back_offer, want_earlier};
pub use opening::{set_opening, withdraw_opening};
pub use people::{
    FromRecord, SESSION_IDLE, agree_contact, hand_over_for_leave, note_facts, set_abilities, set_hours, set_presence, set_role, sign_in,
    sign_in_refused, sign_out, sign_rules,
};
pub use prerequisite::note_prerequisites;
pub use private_work::{log_private_work, step_private_work};
pub use questionnaire::{FormToSend, answer_form, form_of, remind_form, send_form};
pub use rota::{Confirmed, change_rota, clash, horizon, make_ahead, plan_text, templates_on, try_change, undo_rota_change};
pub use rule_book::{Edit, change_rules, decide_layer, keep_replay, read_again, set_second_reading_share};
pub use self_book::{
    BirthCheck, CHANGE_UNTIL, Said, chooses, give_up, invite, may_choose, open_invitation, open_pass, remind, standing, takes,
};
pub use service::set_service;
pub use take_in::{bounced, not_taken_in, note_app_accounts, take_in};
pub use together::{Part, book_together};

use crate::queries::organisation::{Organisation, Team};

/// The names of background jobs, as they stand in the outbox.
pub mod jobs {
    use portico_domain::{message::Purpose, triage::Urgency};

    /// Sends one message.
    pub const SEND_MESSAGE: &str = "send_message";
    /// Sends one that is of no use tomorrow.
    pub const SEND_URGENT: &str = "send_urgent";
    /// Sends one of a message to many.
    pub const SEND_TO_MANY: &str = "send_to_many";
    /// Each kind stands in a row of its own: thousands to many keep no answer waiting, and a service that hangs no emergency.
    pub const ALL: [&str; 3] = [SEND_URGENT, SEND_MESSAGE, SEND_TO_MANY];

    pub(super) fn that_sends(purpose: Purpose, urgency: Option<Urgency>) -> &'static str {
        if purpose.cannot_wait(urgency) { SEND_URGENT } else { SEND_MESSAGE }
    }
}

/// Everything about an organisation that a decision needs.
#[derive(Clone)]
pub struct Practice {
    /// The organisation.
    pub organisation: Organisation,
    /// Its teams, by name.
    pub teams: Vec<Team>,
    /// Which team owns what.
    pub routing: Teams,
    /// When it works.
    pub calendar: Calendar,
    /// The words of its messages.
    pub words: Arc<dyn Words>,
    /// The engine that reads requests, with what the practice has laid over its content.
    pub adviser: Arc<dyn Adviser>,
    /// What the practice has laid over the content.
    pub changes: Vec<Change>,
    /// Why those changes do not fit the content any more; the shipped content is used then.
    pub misfit: Option<String>,
    /// How online requests are taken now, and how many have come online today.
    pub opening: (OpeningRules, u32),
    /// How fast it has answered of late; `None` while it has answered too few to say.
    pub pace: Option<Pace>,
    /// How many patients waited to hear when this was read, and the share of those who answer that was at work.
    pub queue: (i64, f64),
    /// How many of 10,000 closed requests a second clinician reads.
    pub second_reading_share: u32,
    /// The signature under its rule set that is in force.
    pub signature: Option<Signature>,
}

impl Practice {
    /// How advice is taken now, with the reason when it is not as was signed for.
    pub fn advice_mode(&self, now: Timestamp) -> (Mode, Option<&'static str>) {
        // An organisation that never signed does not even load the rules.
        match &self.signature {
            Some(s) if s.mode != Mode::Off => Signature::mode_in_force(Some(s), self.adviser.version(), now),
            _ => (Mode::Off, None),
        }
    }

    /// What somebody meets who wants to ask online now.
    pub fn doorway(&self, now: Timestamp) -> Doorway {
        let (rules, today) = &self.opening;
        rules.doorway(&self.calendar, now, *today, u32::try_from(self.queue.0).unwrap_or(u32::MAX))
    }

    /// By when a new request's patient will hear: as soon as the queue and the pace allow, never later than the contract.
    pub fn promise(&self, urgency: Option<Urgency>, received: Timestamp) -> Timestamp {
        let contract = triage::promised_by(urgency, received);
        if let Doorway::Busy(_) = self.doorway(received) {
            return contract;
        }
        let (ahead, staffing) = self.queue;
        self.pace.as_ref().map_or(contract, |p| p.promise(ahead, staffing, received, &self.calendar).min(contract))
    }

    /// What the practice says of itself now.
    pub fn details(&self) -> Details {
        let takes = Details::chosen().map(|p| (p, self.routing.for_pathway(p))).collect();
        Details { phone: self.organisation.phone.clone(), takes }
    }

    /// The name of a team.
    pub fn team_name(&self, id: TeamId) -> &str {
        self.teams.iter().find(|t| t.id == id).map_or("A team that is gone", |t| t.name.as_str())
    }
}

/// What a person may be given: themselves when they are at work.
pub type Assignee = Option<(StaffId, bool)>;
