//! Made-up people and requests. The same number makes the same person.

use jiff::civil::Date;
use portico_domain::request::{Answers, Contact, Person, Request, YesNoUnsure};

const GIVEN: [&str; 32] = [
    "Ada", "Ben", "Chloe", "Dev", "Ella", "Farah", "George", "Hana", "Isla", "Jack", "Kasia", "Leo", "Mia", "Noah", "Olive", "Priya",
    "Quinn", "Rosa", "Sofia", "Tom", "Uma", "Victor", "Wanda", "Xin", "Yusuf", "Zara", "Amir", "Beth", "Callum", "Dora", "Evan", "Freya",
];
const FAMILIES: [&str; 40] = [
    "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Robinson", "Wright", "Thompson", "Evans",
    "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Jackson", "Clarke", "Khan", "Hughes", "Edwards", "Lewis", "Hussain", "Martin",
    "Cooper", "Ahmed", "Ward", "Morris", "King", "Begum", "Baker", "Harrison", "Nowak", "Okafor", "Singh", "Osei", "O'Neill",
];
const ENDS: [&str; 25] = [
    "", "son", "s", "man", "ton", "ley", "ford", "by", "well", "wood", "field", "worth", "ham", "ing", "er", "ett", "kins", "more", "land",
    "stone", "brook", "shaw", "gate", "dale", "croft",
];
const WORDS: [&str; 8] = [
    "I have had a cough for three weeks and it keeps me awake at night. My chest feels tight when I climb the stairs.",
    "Please can I have my repeat of ramipril, I run out on Friday and I am away from Saturday.",
    "My daughter has a rash on both arms since yesterday, it does not itch, she has no temperature.",
    "I need a new sick note from Monday, my back is not better and physio is only next month.",
    "The hospital said that you would have the result of my blood test of last week.",
    "I feel very low since my mother died, I do not sleep and I cannot concentrate at work.",
    "My left knee is swollen after a fall on Sunday, I can walk but not bend it.",
    "I need the form for my driving licence signed, it has to be back by the end of the month.",
];

/// The person of a number: their name is theirs or shared, as names are.
pub fn person(n: u64) -> Person {
    // A tenth of the names are as common as they come; the rest are made from two parts.
    let family = match n % 10 {
        0 => FAMILIES[(n / 10 % 40) as usize].to_owned(),
        _ => format!("{}{}", FAMILIES[(n / 7 % 40) as usize], ENDS[(n / 280 % 25) as usize]),
    };
    let day = i16::try_from(1930 + n % 90).ok().and_then(|year| Date::new(year, (n / 90 % 12) as i8 + 1, (n / 1080 % 28) as i8 + 1).ok());
    let letters = b"ABDEFGHJLNPQRSTUWXYZ";
    let letter = |by: u64| letters[(n / by % 20) as usize] as char;
    Person {
        given: GIVEN[(n % 32) as usize].to_owned(),
        family,
        birth_date: day,
        postcode: format!("LS{} {}{}{}", n % 9 + 1, n / 9 % 9 + 1, letter(81), letter(1620)).parse().ok(),
        phone: format!("07700 900{:03}", n % 1000).parse().ok(),
        ..Person::default()
    }
}

/// What that person asks.
pub fn request(n: u64) -> Request {
    Request {
        person: person(n),
        words: WORDS[(n % 8) as usize].to_owned(),
        duration: "about three weeks".into(),
        tried: "Rest, paracetamol, and advice from the pharmacy.".into(),
        worse: Some(YesNoUnsure::No),
        wish: "A call from somebody who can tell me what to do.".into(),
        contact: Contact { best_time: "after 3pm".into(), ..Contact::default() },
        ..Request::default()
    }
}

/// The same as a form that has been filled in and not sent.
pub fn answers(n: u64) -> Answers {
    let request = request(n);
    let born = request.person.birth_date.unwrap_or(Date::constant(1984, 3, 15));
    let mut answers = Answers::default();
    for (field, value) in [
        ("emergency", "none"),
        ("emergency-ever", ""),
        ("who", "self"),
        ("given", &request.person.given),
        ("family", &request.person.family),
        ("birth-date-day", &born.day().to_string()),
        ("birth-date-month", &born.month().to_string()),
        ("birth-date-year", &born.year().to_string()),
        ("postcode", &request.person.postcode.map(|p| p.to_string()).unwrap_or_default()),
        ("nhs-number", ""),
        ("no-postcode", ""),
        ("phone", &format!("07700 900{:03}", n % 1000)),
        ("email", ""),
        ("kind", "new_problem"),
        ("words", &request.words),
        ("duration", &request.duration),
        ("tried", &request.tried),
        ("worse", "no"),
        ("wish", &request.wish),
        ("answer-by", "text"),
        ("best-time", "after 3pm"),
        ("no-message", ""),
        ("needs", ""),
        ("language", ""),
    ] {
        answers.set(field, value);
    }
    answers
}
