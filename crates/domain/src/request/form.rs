//! The patient's form: one thing per page, what each page accepts, and which page follows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use portico_nhs::codes;
use serde::{Deserialize, Serialize};

use super::{AnswerBy, Asker, Contact, ForWhom, Kind, Person, Request, SafetyAnswer, YesNoUnsure};

/// The longest text that a person may send in one answer, in characters.
pub const TEXT_MAX: usize = 20_000;
const NAME_MAX: usize = 100;

codes! {
    /// A page of the form, in order.
    Page {
        Emergency = "emergency", "Is this an emergency?";
        Who = "who", "Who needs help?";
        Asker = "asker", "About you";
        Name = "name", "What is the name of the person who needs help?";
        BirthDate = "birth-date", "Date of birth";
        Find = "find", "Postcode or NHS number";
        Phone = "phone", "How can we reach you?";
        Kind = "kind", "What do you need help with?";
        Words = "words", "Tell us about it in your own words";
        Duration = "duration", "How long has it been going on?";
        Worse = "worse", "Is it getting worse?";
        Wish = "wish", "What would you like to happen?";
        Answer = "answer", "How and when should we answer?";
        Needs = "needs", "Do you need any of these?";
        Check = "check", "Check your answers before you send them";
    }
}

/// What has been typed so far, by field name, exactly as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, String>);

impl Answers {
    /// What was typed in a field, without surrounding space; empty if nothing.
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |v| v.trim())
    }

    /// Keeps what was typed.
    pub fn set(&mut self, field: &str, value: impl Into<String>) {
        self.0.insert(field.to_owned(), value.into());
    }

    /// Whether a checkbox of a comma-separated field is ticked.
    pub fn has(&self, field: &str, choice: &str) -> bool {
        self.get(field).split(',').any(|c| c == choice)
    }

    /// The ticked choices of a comma-separated field.
    pub fn choices(&self, field: &str) -> Vec<String> {
        self.get(field).split(',').filter(|c| !c.is_empty()).map(str::to_owned).collect()
    }

    /// The safety questions that were answered.
    pub fn safety(&self) -> Vec<SafetyAnswer> {
        let asked = self.0.iter().filter_map(|(field, question)| Some((field.strip_prefix("safety-question-")?, question)));
        asked
            .filter_map(|(concept, question)| {
                let answer = self.code(&format!("safety-{concept}"))?;
                let ever = !self.get(&format!("safety-ever-{concept}")).is_empty();
                let taken_back = ever && answer == YesNoUnsure::No;
                let before = self.get(&format!("safety-before-{concept}")).split(' ').filter_map(|a| a.parse().ok()).collect();
                Some(SafetyAnswer { concept: concept.to_owned(), question: question.clone(), answer, taken_back, before })
            })
            .collect()
    }

    fn code<T: std::str::FromStr>(&self, field: &str) -> Option<T> {
        self.get(field).parse().ok()
    }

    fn kind(&self) -> Option<Kind> {
        self.code::<Kind>("kind").filter(|k| Kind::ASKED.contains(k))
    }
}

/// What is wrong with one field, as a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name.
    pub field: &'static str,
    /// The sentence.
    pub message: String,
}

fn wrong(field: &'static str, message: impl Into<String>) -> FieldError {
    FieldError { field, message: message.into() }
}

/// The pages that this person sees, in order.
pub fn pages(answers: &Answers) -> Vec<Page> {
    let for_other = answers.code::<ForWhom>("who").is_some_and(|w| w != ForWhom::Myself);
    let about_health = answers.kind().is_none_or(Kind::is_about_health);
    Page::ALL
        .iter()
        .copied()
        .filter(|page| match page {
            Page::Asker => for_other,
            Page::Duration | Page::Worse => about_health,
            _ => true,
        })
        .collect()
}

/// The page after this one; the last page is its own successor.
pub fn next_page(page: Page, answers: &Answers) -> Page {
    let pages = pages(answers);
    let here = pages.iter().position(|p| *p == page).unwrap_or(0);
    pages.get(here + 1).copied().unwrap_or(page)
}

/// The page before this one, if any.
pub fn previous_page(page: Page, answers: &Answers) -> Option<Page> {
    let pages = pages(answers);
    let here = pages.iter().position(|p| *p == page)?;
    here.checked_sub(1).and_then(|i| pages.get(i).copied())
}

fn choice<T: std::str::FromStr>(answers: &Answers, field: &'static str, ask: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    let found = answers.code(field);
    if found.is_none() {
        errors.push(wrong(field, ask));
    }
    found
}

fn text(answers: &Answers, field: &'static str, max: usize, errors: &mut Vec<FieldError>) -> String {
    let typed = answers.get(field);
    let length = typed.chars().count();
    if length > max {
        errors.push(wrong(
            field,
            format!("Shorten this by {}. It can be up to {max} characters; nothing that you typed is lost.", characters(length - max)),
        ));
    }
    typed.to_owned()
}

fn characters(count: usize) -> String {
    if count == 1 { "1 character".into() } else { format!("{count} characters") }
}

fn required(answers: &Answers, field: &'static str, max: usize, ask: &str, errors: &mut Vec<FieldError>) -> String {
    let typed = text(answers, field, max, errors);
    if typed.is_empty() {
        errors.push(wrong(field, ask));
    }
    typed
}

/// Reads a field that may be empty; an unreadable one gives its own sentence.
fn optional<T: std::str::FromStr>(answers: &Answers, field: &'static str, errors: &mut Vec<FieldError>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    let typed = answers.get(field);
    if typed.is_empty() {
        return None;
    }
    typed.parse().map_err(|e: T::Err| errors.push(wrong(field, e.to_string()))).ok()
}

/// Reads day, month (number or name) and year.
fn birth_date(answers: &Answers, today: Date, errors: &mut Vec<FieldError>) -> Option<Date> {
    let parts = ["birth-date-day", "birth-date-month", "birth-date-year"].map(|f| answers.get(f));
    if parts.iter().all(|p| p.is_empty()) {
        errors.push(wrong("birth-date", "Enter the date of birth."));
        return None;
    }
    for (part, name) in parts.iter().zip(["day", "month", "year"]) {
        if part.is_empty() {
            errors.push(wrong("birth-date", format!("The date of birth must include a {name}.")));
            return None;
        }
    }
    let date = read_date(parts[0], parts[1], parts[2]);
    match date {
        None => errors.push(wrong("birth-date", "Enter a real date of birth, like 15 3 1984.")),
        Some(d) if d > today => errors.push(wrong("birth-date", "The date of birth must be in the past.")),
        Some(d) if i32::from(today.year()) - i32::from(d.year()) > 125 => {
            errors.push(wrong("birth-date", "Check the year of birth: it is more than 125 years ago."));
        }
        Some(_) => return date,
    }
    None
}

fn read_date(day: &str, month: &str, year: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = month.parse::<i8>().ok().or_else(|| {
        let name = month.to_lowercase();
        MONTHS.iter().position(|m| name.starts_with(m)).and_then(|i| i8::try_from(i + 1).ok())
    })?;
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}

fn email(answers: &Answers, errors: &mut Vec<FieldError>) -> Option<String> {
    let typed = answers.get("email");
    if typed.is_empty() {
        return None;
    }
    let fits = typed.len() <= 254
        && !typed.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>'))
        && typed.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@')
        });
    if !fits {
        errors.push(wrong("email", "Enter an e-mail address like name@example.com, or leave it empty."));
        return None;
    }
    Some(typed.to_owned())
}

/// What is wrong with one page, or nothing.
pub fn check_page(page: Page, answers: &Answers, today: Date) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut request = Request::default();
    read_page(page, answers, today, &mut request, &mut errors);
    errors
}

/// Reads one page's answers into the request.
fn read_page(page: Page, answers: &Answers, today: Date, request: &mut Request, errors: &mut Vec<FieldError>) {
    match page {
        Page::Emergency => {
            request.emergency_signs = answers.choices("emergency-ever");
            if answers.get("emergency").is_empty() {
                errors.push(wrong("emergency", "Tick anything that applies, or tick “None of these”."));
            }
        }
        Page::Who => {
            if let Some(who) = choice(answers, "who", "Choose who needs help.", errors) {
                request.for_whom = who;
            }
        }
        Page::Asker => {
            let name = required(answers, "asker-name", NAME_MAX, "Enter your name.", errors);
            let relationship =
                required(answers, "relationship", NAME_MAX, "Say what you are to them, for example mother or carer.", errors);
            request.asker = Some(Asker { name, relationship });
        }
        Page::Name => {
            request.person.given = required(answers, "given", NAME_MAX, "Enter the first name.", errors);
            request.person.family = required(answers, "family", NAME_MAX, "Enter the last name.", errors);
        }
        Page::BirthDate => request.person.birth_date = birth_date(answers, today, errors),
        Page::Find => read_find(answers, &mut request.person, errors),
        Page::Phone => {
            request.person.phone = optional(answers, "phone", errors);
            request.person.email = email(answers, errors);
            if answers.get("phone").is_empty() && answers.get("email").is_empty() {
                errors.push(wrong("phone", "Enter a telephone number or an e-mail address, so that we can answer you."));
            }
        }
        Page::Kind => {
            if answers.kind().is_none() {
                errors.push(wrong("kind", "Choose what you need help with."));
            }
        }
        Page::Words => request.words = required(answers, "words", TEXT_MAX, "Tell us what you need, in your own words.", errors),
        Page::Duration => {
            request.duration = text(answers, "duration", TEXT_MAX, errors);
            request.tried = text(answers, "tried", TEXT_MAX, errors);
        }
        Page::Worse => request.worse = choice::<YesNoUnsure>(answers, "worse", "Choose yes, no or not sure.", errors),
        Page::Wish => request.wish = text(answers, "wish", TEXT_MAX, errors),
        Page::Answer => {
            if let Some(by) = choice::<AnswerBy>(answers, "answer-by", "Choose how you would like us to answer.", errors) {
                request.contact.answer_by = by;
                if by == AnswerBy::Email && answers.get("email").is_empty() {
                    errors.push(wrong("answer-by", "To be answered by e-mail, go back and enter an e-mail address."));
                }
                if matches!(by, AnswerBy::Phone | AnswerBy::Text) && answers.get("phone").is_empty() {
                    errors.push(wrong("answer-by", "To be answered by phone or text, go back and enter a telephone number."));
                }
            }
            request.contact.best_time = text(answers, "best-time", 500, errors);
            request.contact.leave_message = !answers.has("no-message", "yes");
        }
        Page::Needs => read_needs(answers, &mut request.contact, errors),
        Page::Check => {}
    }
}

fn read_find(answers: &Answers, person: &mut Person, errors: &mut Vec<FieldError>) {
    person.postcode = optional(answers, "postcode", errors);
    person.nhs_number = optional(answers, "nhs-number", errors);
    if answers.get("postcode").is_empty() && answers.get("nhs-number").is_empty() && !answers.has("no-postcode", "yes") {
        errors.push(wrong("postcode", "Enter a postcode or an NHS number, or tick that you have neither."));
    }
}

fn read_needs(answers: &Answers, contact: &mut Contact, errors: &mut Vec<FieldError>) {
    contact.large_print = answers.has("needs", "large-print");
    contact.bsl = answers.has("needs", "bsl");
    if answers.has("needs", "interpreter") {
        contact.interpreter = Some(required(answers, "language", NAME_MAX, "Enter the language for the interpreter.", errors));
    }
}

/// The whole request, or the first page that still needs something.
pub fn complete(answers: &Answers, today: Date) -> Result<(Kind, Request), (Page, Vec<FieldError>)> {
    let mut request = Request { safety: answers.safety(), ..Request::default() };
    for page in pages(answers) {
        let mut errors = Vec::new();
        read_page(page, answers, today, &mut request, &mut errors);
        if !errors.is_empty() {
            return Err((page, errors));
        }
    }
    let kind = answers.kind().ok_or_else(|| (Page::Kind, vec![wrong("kind", "Choose what you need help with.")]))?;
    Ok((kind, request))
}

/// What can be read so far, for a request that was begun and not sent: unreadable answers are kept in the words.
pub fn answers_of(answers: &Answers, today: Date) -> Request {
    let mut request = Request { safety: answers.safety(), ..Request::default() };
    for page in pages(answers) {
        let mut ignored = Vec::new();
        read_page(page, answers, today, &mut request, &mut ignored);
    }
    request.asker = request.asker.filter(|a| !a.name.is_empty());
    // What was too long was refused on its page; here it is cut, so that it fits everywhere.
    let cut = |text: &mut String, max: usize| *text = text.chars().take(max).collect();
    cut(&mut request.person.given, NAME_MAX);
    cut(&mut request.person.family, NAME_MAX);
    for text in [&mut request.words, &mut request.duration, &mut request.tried, &mut request.wish, &mut request.contact.best_time] {
        cut(text, TEXT_MAX);
    }
    if let Some(asker) = &mut request.asker {
        cut(&mut asker.name, NAME_MAX);
        cut(&mut asker.relationship, NAME_MAX);
    }
    if let Some(language) = &mut request.contact.interpreter {
        cut(language, NAME_MAX);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn filled() -> Answers {
        let mut a = Answers::default();
        for (k, v) in [
            ("emergency", "none"),
            ("who", "self"),
            ("given", "Ada"),
            ("family", "Osei"),
            ("birth-date-day", "15"),
            ("birth-date-month", "March"),
            ("birth-date-year", "1984"),
            ("postcode", "ls1 4ap"),
            ("phone", "07700 900982"),
            ("kind", "new_problem"),
            ("words", "Sore throat"),
            ("worse", "no"),
            ("answer-by", "phone"),
        ] {
            a.set(k, v);
        }
        a
    }

    const TODAY: Date = date(2026, 1, 5);

    #[test]
    fn a_filled_form_is_a_request() {
        let (kind, request) = complete(&filled(), TODAY).unwrap();
        assert_eq!(kind, Kind::NewProblem);
        assert_eq!(request.person.name(), "Ada Osei");
        assert_eq!(request.person.birth_date, Some(date(1984, 3, 15)));
    }

    #[track_caller]
    fn check_refused(field: &str, typed: &str, page: Page, says: &str) {
        let mut a = filled();
        a.set(field, typed);
        let (found, errors) = complete(&a, TODAY).expect_err("refused");
        assert_eq!(found, page);
        assert!(errors[0].message.contains(says), "{errors:?}");
    }

    #[test]
    fn what_cannot_be_read_gets_a_sentence_that_says_what_to_do() {
        check_refused("birth-date-month", "14", Page::BirthDate, "real date");
        check_refused("birth-date-month", "", Page::BirthDate, "include a month");
        check_refused("birth-date-year", "2027", Page::BirthDate, "in the past");
        check_refused("birth-date-year", "84", Page::BirthDate, "real date");
        check_refused("postcode", "LS1", Page::Find, "full UK postcode");
        check_refused("postcode", "", Page::Find, "tick that you have neither");
        check_refused("phone", "12", Page::Phone, "telephone number");
        check_refused("words", &"a".repeat(TEXT_MAX + 3), Page::Words, "Shorten this by 3 characters");
        check_refused("answer-by", "email", Page::Answer, "go back and enter an e-mail");
    }

    #[test]
    fn a_page_that_makes_no_sense_is_not_asked() {
        let mut a = filled();
        assert_eq!(next_page(Page::Who, &a), Page::Name);
        a.set("who", "child");
        assert_eq!(next_page(Page::Who, &a), Page::Asker);
        a.set("kind", "fit_note");
        assert_eq!(next_page(Page::Words, &a), Page::Wish);
        assert_eq!(previous_page(Page::Wish, &a), Some(Page::Words));
    }

    #[test]
    fn a_red_answer_is_kept_when_it_is_taken_back() {
        let mut a = filled();
        a.set("emergency-ever", "chest-pain");
        assert_eq!(complete(&a, TODAY).unwrap().1.emergency_signs, ["chest-pain"]);
    }
}
