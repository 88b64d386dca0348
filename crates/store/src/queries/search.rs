//! Search: words, numbers, postcodes and references in one token table that works alike on both engines.

use std::collections::BTreeSet;

use portico_domain::request::Person;
use portico_nhs::{NhsNumber, OrganisationId, PatientId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, StoreError, Value, args};

statements! {
    INSERT_SOME = "INSERT INTO search_token (organisation_id, subject, subject_id, token) VALUES ($1, $2, $3, $4)";
    FIND_PATIENTS = "SELECT DISTINCT subject_id FROM search_token WHERE organisation_id = $1 AND subject = 'patient' AND token >= $2 AND token < $3 ORDER BY subject_id DESC LIMIT 20000";
    FIND_ITEMS = "SELECT DISTINCT t.subject_id FROM search_token t JOIN work_item w ON w.organisation_id = t.organisation_id AND w.id = t.subject_id \
                  WHERE t.organisation_id = $1 AND t.subject = 'item' AND t.token >= $2 AND t.token < $3 AND w.is_open = TRUE \
                  AND t.subject_id >= (SELECT o.id FROM work_item o WHERE o.organisation_id = $1 AND o.is_open = TRUE ORDER BY o.id LIMIT 1) ORDER BY t.subject_id DESC LIMIT 20000";
    FIND_ANY_ITEMS = "SELECT DISTINCT subject_id FROM search_token WHERE organisation_id = $1 AND subject = 'item' AND token >= $2 AND token < $3 ORDER BY subject_id DESC LIMIT 20000";
}

/// Letters of a token that count; a longer word is found by its beginning.
const TOKEN_MAX: usize = 60;
/// Ids that a search answers at most.
const FOUND_MAX: usize = 200;

/// What can be found.
#[derive(Debug, Clone, Copy)]
pub enum Subject {
    /// A patient.
    Patient(PatientId),
    /// A work item.
    Item(WorkItemId),
}

/// Lower case, without accents, apostrophes and other marks: "O’Néill-Smith" is "oneillsmith".
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).flat_map(plain).filter(|c| c.is_alphanumeric()).collect()
}

/// The plain letters of an accented one; letters of other alphabets stay.
fn plain(c: char) -> impl Iterator<Item = char> {
    let text: &'static str = match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' | 'ģ' => "g",
        'ì'..='ï' | 'ī' | 'į' | 'ı' => "i",
        'ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    };
    let own = text.is_empty().then_some(c);
    text.chars().chain(own)
}

/// The words that find a person: name parts, NHS number, postcode, phone, date of birth.
pub fn tokens_of(person: &Person) -> Vec<String> {
    let mut tokens: BTreeSet<String> = BTreeSet::new();
    for part in person.given.split_whitespace().chain(person.family.split([' ', '-'])) {
        tokens.insert(fold(part));
    }
    tokens.insert(fold(&person.family));
    tokens.extend(person.nhs_number.map(NhsNumber::digits));
    tokens.extend(person.postcode.as_ref().map(|p| fold(&p.compact())));
    tokens.extend(person.phone.as_ref().map(|p| p.as_str().trim_start_matches('+').to_owned()));
    tokens.extend(person.birth_date.map(|d| d.to_string().replace('-', "")));
    tokens.into_iter().map(|t| t.chars().take(TOKEN_MAX).collect::<String>()).filter(|t| !t.is_empty()).collect()
}

/// Adds the words that find a subject.
pub async fn index(conn: &mut Conn, organisation: OrganisationId, subject: Subject, tokens: &[String]) -> Result<(), StoreError> {
    let (kind, id) = match subject {
        Subject::Patient(id) => ("patient", id.0),
        Subject::Item(id) => ("item", id.0),
    };
    if tokens.is_empty() {
        return Ok(());
    }
    // One statement for all words of a subject, put together from constants.
    let mut sql = INSERT_SOME.to_owned();
    let mut values: Vec<Value> = args![organisation, kind, id, &tokens[0]].to_vec();
    for token in &tokens[1..] {
        values.push(token.into());
        sql.push_str(&format!(", ($1, $2, $3, ${})", values.len()));
    }
    sql.push_str(" ON CONFLICT (organisation_id, token, subject, subject_id) DO NOTHING");
    conn.execute(&sql, &values).await?;
    Ok(())
}

/// What a typed search means: numbers are joined ("943 476 5919"), a UK phone is made international, other words are folded.
fn words_of(typed: &str) -> Vec<String> {
    let typed: String = typed.chars().take(200).collect();
    if let Ok(number) = typed.parse::<NhsNumber>() {
        return vec![number.digits()];
    }
    if let Ok(phone) = typed.parse::<portico_nhs::PhoneNumber>() {
        return vec![phone.as_str().trim_start_matches('+').to_owned()];
    }
    if let Ok(postcode) = typed.parse::<portico_nhs::Postcode>() {
        return vec![fold(&postcode.compact())];
    }
    if typed.contains('-')
        && let Ok(reference) = typed.parse::<portico_nhs::Reference>()
    {
        return vec![fold(reference.compact())];
    }
    let day_first = typed.replace(['/', '.'], "-");
    if let [d, m, y] = day_first.split('-').collect::<Vec<_>>()[..]
        && y.len() == 4
        && let (Ok(d), Ok(m)) = (d.parse::<u8>(), m.parse::<u8>())
    {
        return vec![format!("{y}{m:02}{d:02}")];
    }
    typed.split_whitespace().map(|w| fold(w).chars().take(TOKEN_MAX).collect::<String>()).filter(|w| !w.is_empty()).take(6).collect()
}

/// The ids whose words begin with every word typed, newest first.
async fn find(conn: &mut Conn, organisation: OrganisationId, statement: &str, typed: &str) -> Result<Vec<Uuid>, StoreError> {
    let mut found: Option<BTreeSet<Uuid>> = None;
    for word in words_of(typed) {
        let after = format!("{word}\u{10FFFF}");
        let values: [Value; 3] = args![organisation, &word, after];
        let ids: BTreeSet<Uuid> =
            conn.rows(statement, &values).await?.iter().map(|row| row.id::<Uuid>("subject_id")).collect::<Result<_, _>>()?;
        let both = match found {
            Some(before) => before.intersection(&ids).copied().collect(),
            None => ids,
        };
        found = Some(both);
    }
    Ok(found.unwrap_or_default().into_iter().rev().take(FOUND_MAX).collect())
}

/// Patients found by name, NHS number, postcode, phone or date of birth; at most 200.
pub async fn patients(conn: &mut Conn, organisation: OrganisationId, typed: &str) -> Result<Vec<PatientId>, StoreError> {
    Ok(find(conn, organisation, FIND_PATIENTS, typed).await?.into_iter().map(PatientId).collect())
}

/// Open items found by name, NHS number or reference; the newest 200.
pub async fn items(conn: &mut Conn, organisation: OrganisationId, typed: &str) -> Result<Vec<WorkItemId>, StoreError> {
    Ok(find(conn, organisation, FIND_ITEMS, typed).await?.into_iter().map(WorkItemId).collect())
}

/// The same, closed ones included.
pub async fn items_ever(conn: &mut Conn, organisation: OrganisationId, typed: &str) -> Result<Vec<WorkItemId>, StoreError> {
    Ok(find(conn, organisation, FIND_ANY_ITEMS, typed).await?.into_iter().map(WorkItemId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        assert_eq!(fold("O’Néill-Smith"), "oneillsmith");
        assert_eq!(words_of("  ada   OSEI "), ["ada", "osei"]);
        assert_eq!(words_of("943 476 5919"), ["9434765919"]);
        assert_eq!(words_of("07700 900982"), ["447700900982"]);
        assert_eq!(words_of("15/3/1984"), ["19840315"]);
        assert_eq!(words_of("7k3m-9qxh"), ["7k3m9qxh"]);
    }
}
