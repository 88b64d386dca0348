//! Every query, one file a noun. A function takes a connection, inside or outside a transaction.

/// Declares statements as constants and lists them, so that tests can check every one on both engines.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$meta])* pub(crate) const $name: &str = $text;)+
        pub(crate) const ALL: &[&str] = &[$($name),+];
    };
}

/// The columns of a slot `s` and its session `c` that [`booking::read`] reads.
macro_rules! slot_columns {
    () => {
        "s.id, s.pathway, s.category, s.mode, s.setting, s.starts_at, s.ends_at, s.same_day_only, s.age_from, s.age_to, s.sex, s.condition, s.procedure, s.service, s.release_at, s.window_minutes, c.clinician_id, c.clinician_name, c.site"
    };
}

/// What the main record says of a patient `p`, listed in one column for [`booking::need`].
macro_rules! facts_column {
    () => {
        "(SELECT STRING_AGG(f.fact, ',') FROM patient_fact f WHERE f.organisation_id = p.organisation_id AND f.patient_id = p.id) AS facts"
    };
}

/// What has been noted before a procedure of an item `w`, listed in one column for [`booking::need`].
macro_rules! noted_column {
    () => {
        "(SELECT STRING_AGG(q.code || '@' || q.noted_at || COALESCE('@' || q.until_at, ''), ',') FROM prerequisite q WHERE q.organisation_id = w.organisation_id AND q.item_id = w.id) AS noted"
    };
}

pub mod advice;
pub mod allocation;
pub mod attachment;
pub mod batch;
pub mod booking;
pub mod call;
pub mod capacity;
pub mod closure;
pub mod details;
pub mod draft;
pub mod event;
pub mod idempotency;
pub mod incoming;
pub mod invitation;
pub mod job;
pub mod kept_search;
pub mod layer;
pub mod letter;
pub mod message;
pub mod offer;
pub mod opening;
pub mod organisation;
pub mod patient;
pub mod prerequisite;
pub mod private_link;
pub mod private_work;
pub mod questionnaire;
pub mod record;
pub mod reply_template;
pub mod rota;
pub mod saved_view;
pub mod search;
pub mod second_reading;
pub mod self_book;
pub mod staff;
pub mod work_item;

/// Every constant statement of the product with the file that it stands in.
pub fn all_statements() -> Vec<(&'static str, &'static str)> {
    [
        ("events", crate::events::ALL),
        ("advice", advice::ALL),
        ("allocation", allocation::ALL),
        ("attachment", attachment::ALL),
        ("batch", batch::ALL),
        ("booking", booking::ALL),
        ("call", call::ALL),
        ("capacity", capacity::ALL),
        ("closure", closure::ALL),
        ("details", details::ALL),
        ("draft", draft::ALL),
        ("event", event::ALL),
        ("idempotency", idempotency::ALL),
        ("incoming", incoming::ALL),
        ("invitation", invitation::ALL),
        ("job", job::ALL),
        ("kept_search", kept_search::ALL),
        ("layer", layer::ALL),
        ("letter", letter::ALL),
        ("message", message::ALL),
        ("offer", offer::ALL),
        ("opening", opening::ALL),
        ("organisation", organisation::ALL),
        ("patient", patient::ALL),
        ("prerequisite", prerequisite::ALL),
        ("private_link", private_link::ALL),
        ("private_work", private_work::ALL),
        ("questionnaire", questionnaire::ALL),
        ("record", record::ALL),
        ("reply_template", reply_template::ALL),
        ("rota", rota::ALL),
        ("saved_view", saved_view::ALL),
        ("search", search::ALL),
        ("second_reading", second_reading::ALL),
        ("self_book", self_book::ALL),
        ("staff", staff::ALL),
        ("work_item", work_item::ALL),
    ]
    .into_iter()
    .flat_map(|(file, all)| all.iter().map(move |sql| (file, *sql)))
    .collect()
}
