//! Who may do what: one table, printed and reviewed, that every route names.

use portico_nhs::codes;

use crate::staff::Role;

codes! {
    /// Something a person may be allowed to do.
    Action {
        ReadDesk = "read_desk", "Read the desk and its items";
        ReadPatient = "read_patient", "Read a patient's timeline";
        NoteFacts = "note_facts", "Note what the main record says of a patient";
        EnterRequest = "enter_request", "Enter a phone or front-desk request";
        Assign = "assign", "Assign an item";
        Triage = "triage", "Set urgency and pathway";
        LowerRed = "lower_red", "Lower a red item alone";
        Converse = "converse", "Reply, ask for more, write notes";
        Book = "book", "Hold, book, move and cancel slots";
        MakeQuestionnaires = "make_questionnaires", "Make and retire questionnaires";
        ApproveQuestionnaires = "approve_questionnaires", "Approve questionnaires";
        MakeTemplates = "make_templates", "Write and retire templates of replies";
        ApproveTemplates = "approve_templates", "Approve templates of replies";
        SignLetters = "sign_letters", "Sign letters";
        WriteToMany = "write_to_many", "Write, release and stop messages to many";
        Attend = "attend", "Mark patients arrived, seen or not come";
        ReadRota = "read_rota", "Read the rota and day lists";
        ManageRota = "manage_rota", "Change the rota and its templates";
        Close = "close", "Close an item with an outcome";
        Undo = "undo", "Undo a change";
        ReadDuty = "read_duty", "Read the duty screen";
        ManageStaff = "manage_staff", "Mark people away, left or at work";
        ManageClosures = "manage_closures", "Set practice closures";
        ManageOpening = "manage_opening", "Set online hours and limits";
        ManageDetails = "manage_details", "Set who takes what, and the number that patients ring";
        ReadRules = "read_rules", "Read the triage rules";
        ProposeRules = "propose_rules", "Propose and replay changes to triage rules";
        SignRules = "sign_rules", "Sign and publish triage rules, and set their mode";
        StopAdvice = "stop_advice", "Switch triage advice off";
        ReadAgain = "read_again", "Read closed requests a second time";
        ReadAudit = "read_audit", "Read the audit log";
        ReadHelp = "read_help", "Read the help pages";
    }
}

/// The roles that hold each action. Default deny: a role that is not named may not.
pub const TABLE: &[(Action, &[Role])] = {
    use Role::{Auditor, Clinician, Coordinator, Manager, Reception, SafetyLead};
    &[
        (Action::ReadDesk, &[Coordinator, Clinician, SafetyLead, Reception, Manager, Auditor]),
        (Action::ReadPatient, &[Coordinator, Clinician, SafetyLead, Reception, Manager, Auditor]),
        (Action::NoteFacts, &[Coordinator, Clinician, SafetyLead]),
        (Action::EnterRequest, &[Coordinator, Clinician, SafetyLead, Reception, Manager]),
        (Action::Assign, &[Coordinator, Clinician, SafetyLead, Reception, Manager]),
        (Action::Triage, &[Coordinator, Clinician, SafetyLead]),
        (Action::LowerRed, &[Clinician, SafetyLead]),
        (Action::Converse, &[Coordinator, Clinician, SafetyLead, Reception]),
        (Action::Book, &[Coordinator, Clinician, SafetyLead, Reception]),
        (Action::MakeQuestionnaires, &[Coordinator, Clinician, SafetyLead, Manager]),
        (Action::ApproveQuestionnaires, &[Clinician, SafetyLead]),
        (Action::MakeTemplates, &[Coordinator, Clinician, SafetyLead, Manager]),
        (Action::ApproveTemplates, &[Clinician, SafetyLead, Manager]),
        (Action::SignLetters, &[Clinician, SafetyLead]),
        (Action::WriteToMany, &[Coordinator, Clinician, SafetyLead, Manager]),
        (Action::Attend, &[Coordinator, Clinician, SafetyLead, Reception]),
        (Action::ReadRota, &[Coordinator, Clinician, SafetyLead, Reception, Manager, Auditor]),
        (Action::ManageRota, &[Coordinator, Manager]),
        (Action::Close, &[Coordinator, Clinician, SafetyLead]),
        (Action::Undo, &[Coordinator, Clinician, SafetyLead]),
        (Action::ReadDuty, &[Coordinator, Clinician, SafetyLead, Reception, Manager]),
        (Action::ManageStaff, &[Coordinator, Manager]),
        (Action::ManageClosures, &[Manager]),
        (Action::ManageOpening, &[Coordinator, Manager]),
        (Action::ManageDetails, &[Coordinator, Manager]),
        (Action::ReadRules, &[Coordinator, Clinician, SafetyLead, Reception, Manager, Auditor]),
        (Action::ProposeRules, &[Coordinator, Clinician, SafetyLead, Manager]),
        (Action::SignRules, &[SafetyLead]),
        (Action::StopAdvice, &[Clinician, SafetyLead, Manager]),
        (Action::ReadAgain, &[Clinician, SafetyLead]),
        (Action::ReadAudit, &[Manager, Auditor]),
        (Action::ReadHelp, &[Coordinator, Clinician, SafetyLead, Reception, Manager, Auditor]),
    ]
};

/// Whether a role may do something.
pub fn allowed(role: Role, action: Action) -> bool {
    TABLE.iter().any(|(a, roles)| *a == action && roles.contains(&role))
}

/// The table as Markdown, for the printed and reviewed page.
pub fn printed() -> String {
    let mut page = String::from("| action |");
    for role in Role::ALL {
        page.push_str(&format!(" {} |", role.label()));
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(Role::ALL.len()));
    for action in Action::ALL {
        page.push_str(&format!("\n| {} |", action.label()));
        for role in Role::ALL {
            page.push_str(if allowed(*role, *action) { " yes |" } else { " – |" });
        }
    }
    page.push('\n');
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_in_the_table_once() {
        for action in Action::ALL {
            assert_eq!(TABLE.iter().filter(|(a, _)| a == action).count(), 1, "{action:?}");
        }
    }

    #[test]
    fn the_safety_lead_is_a_clinician_who_alone_signs_for_rules() {
        for action in Action::ALL.iter().filter(|a| **a != Action::SignRules) {
            assert_eq!(allowed(Role::SafetyLead, *action), allowed(Role::Clinician, *action), "{action:?}");
        }
        let signs: Vec<_> = Role::ALL.iter().filter(|r| allowed(**r, Action::SignRules)).collect();
        assert_eq!(signs, [&Role::SafetyLead]);
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let may: Vec<_> = Action::ALL.iter().filter(|a| allowed(Role::Auditor, **a)).collect();
        assert_eq!(
            may,
            [&Action::ReadDesk, &Action::ReadPatient, &Action::ReadRota, &Action::ReadRules, &Action::ReadAudit, &Action::ReadHelp]
        );
    }
}
