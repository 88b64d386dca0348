//! The safety questions: after the patient's own words, only those yes/no questions whose answers could change how
//! soon a person must act, one on a page. Asked in the mode that a safety lead signed for, and in no other.

use maud::{Markup, html};
use portico_domain::{
    advice::{Advice, Asked, Mode, Question},
    record::BabyDates,
    request::{Answers, Kind, YesNoUnsure, answers_of},
    triage::Urgency,
};
use portico_nhs::uk_date;
use portico_nhsuk::{Button, ErrorSummary, Radios};
use portico_web::{PatientVisit, layout};

/// At most so many are asked of one person.
const MOST: usize = 5;
/// The sign that stands for an emergency in the patient's own words.
pub const IN_WORDS: &str = "in-words";

/// What the words so far are advised to be; nothing while advice is off or nothing was written.
pub fn read(visit: &PatientVisit, answers: &Answers) -> Option<Advice> {
    let (mode, _) = visit.practice.advice_mode(visit.now);
    let request = answers_of(answers, uk_date(visit.now));
    let kind = answers.get("kind").parse().unwrap_or(Kind::SomethingElse);
    let asked =
        Asked { request: &request, kind, today: uk_date(visit.now), repeat: false, sex: None, facts: &[], baby: BabyDates::default() };
    (mode == Mode::Advice && !request.words.is_empty()).then(|| visit.practice.adviser.advise(&asked))
}

/// Whether the words mean an emergency that the desk has not been told of.
pub fn turns_red(visit: &PatientVisit, answers: &Answers) -> bool {
    !answers.has("emergency-ever", IN_WORDS) && read(visit, answers).is_some_and(|a| a.urgency == Urgency::Emergency)
}

/// The next question to ask, if any is left.
pub fn next(visit: &PatientVisit, answers: &Answers) -> Option<Question> {
    let asked = |q: &Question| !answers.get(&format!("safety-{}", q.concept)).is_empty();
    if answers.safety().len() >= MOST {
        return None;
    }
    read(visit, answers)?.questions.into_iter().find(|q| !asked(q))
}

/// A question that is open, or one that was answered and may be answered otherwise.
pub fn question(visit: &PatientVisit, answers: &Answers, concept: &str) -> Option<Question> {
    let open = read(visit, answers).into_iter().flat_map(|a| a.questions).find(|q| q.concept == concept);
    let text = answers.get(&format!("safety-question-{concept}"));
    let answered = || (!text.is_empty()).then(|| Question { concept: concept.into(), text: text.into(), would_be: Urgency::Emergency });
    open.or_else(answered)
}

/// Keeps an answer with its question; says whether one was given.
pub fn keep(answers: &mut Answers, concept: &str, question: &str, answer: &str) -> bool {
    let Ok(given) = answer.parse::<YesNoUnsure>() else { return false };
    let field = format!("safety-{concept}");
    let last = answers.get(&field).to_owned();
    if !last.is_empty() && last != given.code() {
        let before = format!("safety-before-{concept}");
        let all = format!("{} {last}", answers.get(&before));
        answers.set(&before, all.trim());
    }
    answers.set(&field, given.code());
    answers.set(&format!("safety-question-{concept}"), question);
    if given != YesNoUnsure::No {
        // A red flag is kept even if the next answer takes it back.
        answers.set(&format!("safety-ever-{concept}"), given.code());
    }
    true
}

/// One question on a page.
pub fn page(visit: &PatientVisit, question: &Question, answers: &Answers, draft: &str, missing: bool) -> Markup {
    let why = "Choose yes, no or not sure.";
    let mut radios = Radios::new("safety", question.text.as_str()).page_heading();
    for answer in YesNoUnsure::ALL {
        radios = radios.item(answer.code(), answer.label());
    }
    if missing {
        radios = radios.error(Some(why));
    }
    let radios = radios.value(Some(answers.get(&format!("safety-{}", question.concept))).filter(|v| !v.is_empty()));
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            @if missing { (ErrorSummary::new().title("There is a problem").error("#safety", why)) }
            form method="post" action="/ask/safety" novalidate {
                input type="hidden" name="_draft" value=(draft);
                input type="hidden" name="concept" value=(question.concept);
                (visit.key())
                (radios)
                (Button::new("Continue"))
            }
            p class="nhsuk-body" { "We ask because of what you wrote. If you are not sure, say so: we treat it as yes." }
        } }
    };
    let title = if missing { "Error: A safety question" } else { "A safety question" };
    layout::patient(visit, title, Some("/ask/words"), main)
}
