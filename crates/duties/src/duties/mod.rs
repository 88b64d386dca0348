//! The folders of the duties that have pages of their own; the others are served by these.

pub mod allocate;
pub mod allocate_slots;
pub mod ask_more;
pub mod assess_requests;
pub mod book;
pub mod case_history;
pub mod clear_answers;
pub mod clinic_changes;
pub mod clinic_templates;
pub mod cover_absence;
pub mod draft_letters;
pub mod named_contact;
pub mod next_steps;
pub mod online_limits;
pub mod plan_capacity;
pub mod private_work;
pub mod recognise_risk;
pub mod same_day;
pub mod triage_change;
pub mod update_record;
pub mod write_to_many;
