//! Events: who did what to what, when; the audit log is made of them, and undo reads them.

use portico_nhs::codes;

codes! {
    /// What happened. The code is stored in the audit log and never changes its meaning.
    Verb {
        Received = "received", "Request received";
        Completed = "completed", "Request completed by the patient";
        Assigned = "assigned", "Assigned";
        Triaged = "triaged", "Triaged";
        DowngradeProposed = "downgrade_proposed", "Lower urgency proposed";
        DowngradeRefused = "downgrade_refused", "Lower urgency refused";
        PathwaySet = "pathway_set", "Pathway set";
        Asked = "asked", "Patient asked for more";
        Answered = "answered", "Patient answered";
        SafetyAsked = "safety_asked", "Safety questions asked";
        PatientAdded = "patient_added", "Patient added something";
        PatientCancelled = "patient_cancelled", "Patient cancelled";
        NoReply = "no_reply", "No reply from the patient in time";
        Replied = "replied", "Replied to the patient";
        Called = "called", "Spoke by telephone";
        NoAnswer = "no_answer", "Rang, no answer";
        CallPlanned = "call_planned", "To be rung";
        Noted = "noted", "Note to colleagues";
        EarlierRead = "earlier_read", "Earlier request read";
        Booked = "booked", "Appointment booked";
        BookingMoved = "booking_moved", "Appointment moved";
        BookingCancelled = "booking_cancelled", "Appointment cancelled";
        InvitedToBook = "invited_to_book", "Patient invited to choose an appointment";
        Attended = "attended", "Arrived or attended";
        DidNotAttend = "did_not_attend", "Did not attend";
        Advised = "advised", "Triage advice";
        RoleSet = "role_set", "Role set";
        AbilitiesSet = "abilities_set", "Languages and skills set";
        RotaChanged = "rota_changed", "Rota changed";
        SlotOffered = "slot_offered", "Freed slot";
        QuestionnaireChanged = "questionnaire_changed", "Questionnaire changed";
        TemplateChanged = "template_changed", "Template of replies changed";
        LetterChanged = "letter_changed", "Letter";
        FileRemoved = "file_removed", "File removed";
        Closed = "closed", "Closed";
        Undone = "undone", "Undone";
        HandedBack = "handed_back", "Handed back to the team";
        Merged = "merged", "Matched to a patient";
        Viewed = "viewed", "Record read";
        Searched = "searched", "Searched";
        SignedIn = "signed_in", "Signed in";
        SignedOut = "signed_out", "Signed out";
        SignInRefused = "sign_in_refused", "Sign-in refused";
        PresenceChanged = "presence_changed", "Marked at work, away or left";
        SlotHeld = "slot_held", "Slot held";
        MessageDelivered = "message_delivered", "Message delivered";
        MessageFailed = "message_failed", "Message not delivered";
        JobFailed = "job_failed", "Background work failed";
        Imported = "imported", "Imported";
        AdviceModeSet = "advice_mode_set", "Triage advice mode set";
        RulesChanged = "rules_changed", "Triage rules changed";
        ReadAgain = "read_again", "Read a second time";
        BatchChanged = "batch_changed", "Message to many made, released or stopped";
        ContactAgreed = "contact_agreed", "Way of reaching them agreed";
        FactsNoted = "facts_noted", "Facts of the record noted";
        OpeningSet = "opening_set", "Online hours and limits set";
        PrivateWork = "private_work", "Private work";
        ServiceSet = "service_set", "Service set";
        DetailsSet = "details_set", "Practice details set";
        ClosureSet = "closure_set", "Closure set";
        DraftStarted = "draft_started", "Form begun";
        Created = "created", "Created";
    }
}
