//! Text messages that patients send to the practice's number at GOV.UK Notify.

use std::sync::Arc;

use portico_domain::{incoming::Incoming, message::Channel};
use portico_interop::notify::ReceivedText;
use portico_nhs::PhoneNumber;
use portico_store::{
    queries::{incoming, organisation::Organisation},
    work,
    work::Practice,
};

use super::{FETCH_PAUSE, Fetched, JobError, Jobs, belongs_somewhere, belongs_to};

const WHAT: &str = "texts";
/// Pages of 250 that are read at most at once; Notify keeps a week of them.
const PAGES_MAX: usize = 20;

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>, all: &[Organisation]) -> Result<Fetched, JobError> {
    let (organisation, now) = (practice.organisation.id, jobs.store.now());
    let Some(notify) = jobs.post.notify().filter(|_| jobs.post.is_time(organisation, WHAT, now)) else { return Ok(Fetched::NotDue) };
    // Without a name, and with several organisations, nobody's patients text.
    if let Some(code) = notify.texts_for() {
        belongs_somewhere("notify.texts_for", Some(code), all)?;
    }
    if !belongs_to(notify.texts_for(), practice, all) {
        return Ok(Fetched::NotDue);
    }
    jobs.post.fetch_next(organisation, WHAT, now + FETCH_PAUSE);
    let mut fresh = Vec::new();
    let mut older_than: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = notify.received_texts(older_than.as_deref(), now).await;
        let page = page.map_err(|error| JobError::Later { why: error.to_string(), after_seconds: None })?;
        let Some(last) = page.last().map(|text| text.id.clone()) else { break };
        let before = fresh.len();
        let read = page.len();
        for text in page {
            if !incoming::is_known(&mut jobs.store.reader().await?, organisation, &known_as(&text)).await? {
                fresh.push(text);
            }
        }
        // Everything older than one that is known was taken in at an earlier reading.
        if fresh.len() - before < read {
            break;
        }
        older_than = Some(last);
    }
    // Oldest first, as they were written.
    fresh.sort_by_key(|text| text.created_at);
    for text in fresh {
        let (practice, came) = (practice.clone(), read(&text));
        let none = Arc::new(Vec::new());
        jobs.store.write(organisation, None, work!(tx, [practice, came, none] => work::take_in(tx, &practice, &came, &none).await)).await?;
    }
    Ok(Fetched::Now)
}

fn known_as(text: &ReceivedText) -> String {
    format!("text {}", text.id)
}

fn read(text: &ReceivedText) -> Incoming {
    // Notify writes numbers with the country's code and without a plus.
    let number = format!("+{}", text.user_number.trim_start_matches('+')).parse::<PhoneNumber>();
    let from = number.map_or_else(|_| text.user_number.clone(), |n| n.as_str().to_owned());
    let (name, subject, answers) = (String::new(), String::new(), Vec::new());
    // The sign that ends a string in C is refused by databases, and would stop the texts behind it.
    let words = text.content.replace('\0', "");
    Incoming { id: known_as(text), channel: Channel::Sms, from, name, subject, text: words, answers, automatic: false }
}
