//! Requests: what a person asks for, in their own words, by any door.

use jiff::civil::Date;
use portico_nhs::{NhsNumber, PhoneNumber, Postcode, codes};
use serde::{Deserialize, Serialize};

mod form;
pub use form::{Answers, FieldError, Page, TEXT_MAX, answers_of, check_page, complete, next_page, pages, previous_page};

codes! {
    /// The door by which a request came.
    Door {
        Online = "online", "Online";
        Phone = "phone", "Phone";
        FrontDesk = "front_desk", "Front desk";
        Email = "email", "E-mail";
        Text = "text", "Text message";
        Letter = "letter", "Letter";
        Nhs111 = "nhs_111", "NHS 111";
        NhsApp = "nhs_app", "NHS App";
        Staff = "staff", "Staff";
    }
}

codes! {
    /// What a work item is about. The first eight are what patients choose from.
    Kind {
        NewProblem = "new_problem", "New health problem";
        OngoingProblem = "ongoing_problem", "Ongoing health problem";
        Medicine = "medicine", "Medicine or prescription";
        FitNote = "fit_note", "Fit (sick) note";
        TestResult = "test_result", "Test result";
        LetterOrForm = "letter_or_form", "Letter or form";
        Appointment = "appointment", "Appointment";
        SomethingElse = "something_else", "Something else";
        EmergencyAnswer = "emergency_answer", "Emergency answer";
        Unfinished = "unfinished", "Unfinished request";
        Undelivered = "undelivered", "Message not delivered";
        FailedJob = "failed_job", "Background work failed";
        Task = "task", "Task of the practice";
    }
}

impl Kind {
    /// The kinds that a person may choose when asking.
    pub const ASKED: &'static [Kind] = &[
        Kind::NewProblem,
        Kind::OngoingProblem,
        Kind::Medicine,
        Kind::FitNote,
        Kind::TestResult,
        Kind::LetterOrForm,
        Kind::Appointment,
        Kind::SomethingElse,
    ];

    /// Whether it asks the administration for something; what is written may be clinical all the same.
    pub const fn is_administrative(self) -> bool {
        matches!(self, Kind::FitNote | Kind::TestResult | Kind::LetterOrForm)
    }

    /// Whether the questions about how long, what was tried and whether it is getting worse make sense.
    pub const fn is_about_health(self) -> bool {
        matches!(self, Kind::NewProblem | Kind::OngoingProblem | Kind::Appointment | Kind::SomethingElse)
    }
}

codes! {
    /// Who needs help.
    ForWhom {
        Myself = "self", "Me";
        Child = "child", "A child";
        CaredFor = "cared_for", "Someone I care for";
    }
}

codes! {
    /// An answer that may be unsure; "not sure" counts as yes for safety.
    YesNoUnsure {
        Yes = "yes", "Yes";
        No = "no", "No";
        NotSure = "not_sure", "Not sure";
    }
}

codes! {
    /// How a person would like to be answered.
    AnswerBy {
        Phone = "phone", "Phone call";
        Text = "text", "Text message";
        Email = "email", "E-mail";
        Letter = "letter", "Letter";
    }
}

/// The person who needs help.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Given name or names.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Home postcode.
    pub postcode: Option<Postcode>,
    /// NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// Best telephone number.
    pub phone: Option<PhoneNumber>,
    /// E-mail address.
    pub email: Option<String>,
    /// Postal address, one line an entry; known for registered patients.
    #[serde(default)]
    pub address: Vec<String>,
}

impl Person {
    /// The name as shown: "Ada Osei", or what to say when nobody has said.
    pub fn name(&self) -> String {
        let name = format!("{} {}", self.given.trim(), self.family.trim()).trim().to_owned();
        if name.is_empty() { "Name not given".into() } else { name }
    }
}

/// Who is asking, when it is not the person themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// Their name.
    pub name: String,
    /// What they are to the person ("mother", "carer").
    pub relationship: String,
}

/// How a person needs and wants to be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The way they would like.
    pub answer_by: AnswerBy,
    /// When is best, in their words.
    pub best_time: String,
    /// Whether a voicemail or message with somebody else is all right.
    pub leave_message: bool,
    /// The language that an interpreter is needed for.
    pub interpreter: Option<String>,
    /// Whether they need large print.
    pub large_print: bool,
    /// Whether they use British Sign Language.
    pub bsl: bool,
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            answer_by: AnswerBy::Phone,
            best_time: String::new(),
            leave_message: true,
            interpreter: None,
            large_print: false,
            bsl: false,
        }
    }
}

impl Contact {
    /// The needs that staff must see before they make contact, in words.
    pub fn needs(&self) -> Vec<String> {
        let mut needs = Vec::new();
        if !self.leave_message {
            needs.push("Do not leave a message".into());
        }
        if let Some(language) = &self.interpreter {
            needs.push(format!("Interpreter: {language}"));
        }
        if self.large_print {
            needs.push("Large print".into());
        }
        if self.bsl {
            needs.push("British Sign Language".into());
        }
        needs
    }
}

/// Everything that was said when asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who needs help.
    pub for_whom: ForWhom,
    /// That person.
    pub person: Person,
    /// Who is asking for them.
    pub asker: Option<Asker>,
    /// In their own words.
    pub words: String,
    /// How long it has been going on.
    pub duration: String,
    /// What they have tried.
    pub tried: String,
    /// Whether it is getting worse.
    pub worse: Option<YesNoUnsure>,
    /// What they would like to happen.
    pub wish: String,
    /// How to answer.
    pub contact: Contact,
    /// The ids of the emergency signs that were ever ticked; a later change does not take them back.
    pub emergency_signs: Vec<String>,
    /// Safety questions that were asked because of the words, with their answers.
    #[serde(default)]
    pub safety: Vec<SafetyAnswer>,
}

/// The answer to one safety question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyAnswer {
    /// The concept that a yes adds.
    pub concept: String,
    /// The question as it was asked.
    pub question: String,
    /// The answer that stands.
    pub answer: YesNoUnsure,
    /// Whether it was yes or not sure before and was changed; it still counts.
    pub taken_back: bool,
    /// What was answered before, the first first, when it was changed.
    #[serde(default)]
    pub before: Vec<YesNoUnsure>,
}

impl SafetyAnswer {
    /// Not sure counts as yes, and so does a yes that was taken back.
    pub fn counts(&self) -> bool {
        self.taken_back || self.answer != YesNoUnsure::No
    }
}

impl Request {
    /// Takes an answer to a safety question. What was answered before is kept, and a yes or not sure that is taken back counts on.
    pub fn answer_safety(&mut self, concept: &str, question: &str, answer: YesNoUnsure) {
        let Some(known) = self.safety.iter_mut().find(|s| s.concept == concept) else {
            let (concept, question) = (concept.to_owned(), question.to_owned());
            self.safety.push(SafetyAnswer { concept, question, answer, taken_back: false, before: Vec::new() });
            return;
        };
        if known.answer != answer {
            known.before.push(known.answer);
        }
        known.taken_back = answer == YesNoUnsure::No && known.before.iter().any(|b| *b != YesNoUnsure::No);
        known.answer = answer;
    }
}

impl Default for Request {
    fn default() -> Self {
        Self {
            for_whom: ForWhom::Myself,
            person: Person::default(),
            asker: None,
            words: String::new(),
            duration: String::new(),
            tried: String::new(),
            worse: None,
            wish: String::new(),
            contact: Contact::default(),
            emergency_signs: Vec::new(),
            safety: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_a_safety_question_is_kept_when_it_is_changed_and_a_yes_counts_on() {
        use YesNoUnsure::{No, NotSure, Yes};
        let mut request = Request::default();
        for answer in [No, No, NotSure, No, Yes] {
            request.answer_safety("neck-stiff", "Is your neck stiff?", answer);
        }
        request.answer_safety("fever", "Do you have a fever?", No);
        let [neck, fever] = request.safety.as_slice() else { panic!("{:?}", request.safety) };
        assert_eq!((neck.answer, neck.taken_back, neck.before.as_slice()), (Yes, false, [No, NotSure, No].as_slice()));
        assert!(neck.counts() && !fever.counts());
        request.answer_safety("neck-stiff", "Is your neck stiff?", No);
        assert!(request.safety[0].taken_back && request.safety[0].counts());
    }
}
