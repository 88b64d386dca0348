//! The world of a story: a practice with a fixed clock, people who act through pages, and what they see.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request as HttpRequest, StatusCode, header},
};
use jiff::{SignedDuration, civil::Date};
use portico_domain::{
    booking::{Mode, Slot, SlotCategory, SlotKind},
    pathway::Pathway,
    record::RecordFact,
    request::{Contact, Person},
    staff::Role,
    work_item::WorkItem,
};
use portico_nhs::{Clock, NhsNumber, OrganisationId, StaffId, WorkItemId};
use portico_server::{
    Post,
    config::Config,
    jobs::Jobs,
    set_up::{self, NewPerson},
};
use portico_store::{
    Ids, Store,
    queries::{
        booking, event,
        patient::{self, Patient},
        search, staff, work_item,
    },
    work,
};
use tower::ServiceExt;

use crate::{
    FixedClock,
    databases::{self, TestDatabase},
    files,
};

/// A hash of the password `secret`, cheap to check, for people in stories.
const SECRET: &str = "secret";

/// What a story begins with.
pub struct WorldBuilder {
    at: String,
    people: Vec<(String, Role, &'static str)>,
    patients: Vec<(String, Option<&'static str>)>,
    slots: Vec<(Pathway, Vec<String>, bool)>,
    home_visits: Vec<String>,
    address: Vec<String>,
    config: Config,
    demonstration: bool,
    database: Option<TestDatabase>,
}

/// A practice in progress.
pub struct World {
    /// The clock that the whole world goes by.
    pub clock: Arc<FixedClock>,
    /// The store beneath.
    pub store: Store,
    /// The practice.
    pub organisation: OrganisationId,
    /// Background work, run when the story says so.
    pub jobs: Jobs,
    router: Router,
    staff: BTreeMap<String, StaffId>,
    sessions: Mutex<BTreeMap<String, Browser>>,
    patients: Mutex<BTreeMap<String, Browser>>,
    database: TestDatabase,
}

/// Cookies and the form that is open, as one browser keeps them.
#[derive(Debug, Clone, Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
    link: Option<String>,
    /// Whether it fetches as the script of an open page does.
    live: bool,
}

impl World {
    /// A world to describe.
    #[expect(clippy::new_ret_no_self, reason = "a story reads World::new()…start()")]
    pub fn new() -> WorldBuilder {
        WorldBuilder {
            at: "2026-01-05 08:30".into(),
            people: Vec::new(),
            patients: Vec::new(),
            slots: Vec::new(),
            home_visits: Vec::new(),
            address: Vec::new(),
            config: Config { sign_in_tries: 1000, forms_a_minute: 100_000, ..Config::default() },
            demonstration: true,
            database: None,
        }
    }
}

impl WorldBuilder {
    /// When it begins, in England: `2026-01-05 08:30` (a Monday).
    pub fn at(mut self, at: &str) -> Self {
        self.at = at.into();
        self
    }

    fn person(mut self, name: &str, role: Role, team: &'static str) -> Self {
        self.people.push((name.into(), role, team));
        self
    }

    /// A coordinator of the triage team.
    pub fn coordinator(self, name: &str) -> Self {
        self.person(name, Role::Coordinator, "Triage")
    }

    /// A clinician on the duty desk.
    pub fn clinician(self, name: &str) -> Self {
        self.person(name, Role::Clinician, "Duty desk")
    }

    /// A clinician on the duty desk who signs for the rules of triage.
    pub fn safety_lead(self, name: &str) -> Self {
        self.person(name, Role::SafetyLead, "Duty desk")
    }

    /// A receptionist.
    pub fn receptionist(self, name: &str) -> Self {
        self.person(name, Role::Reception, "Reception")
    }

    /// A practice manager.
    pub fn manager(self, name: &str) -> Self {
        self.person(name, Role::Manager, "Admin")
    }

    /// An auditor.
    pub fn auditor(self, name: &str) -> Self {
        self.person(name, Role::Auditor, "Admin")
    }

    /// A registered patient by first name.
    pub fn patient(mut self, given: &str) -> Self {
        self.patients.push((given.into(), Some("07700 900123")));
        self
    }

    /// A registered patient without a telephone or e-mail.
    pub fn patient_without_phone(mut self, given: &str) -> Self {
        self.patients.push((given.into(), None));
        self
    }

    /// Slots of 10 minutes of a pathway, each at a moment in England.
    pub fn slots(mut self, pathway: Pathway, at: &[&str]) -> Self {
        self.slots.push((pathway, at.iter().map(|a| (*a).to_owned()).collect(), false));
        self
    }

    /// Visits at home for housebound patients, with a nurse's name on them.
    pub fn home_visits(mut self, at: &[&str]) -> Self {
        self.home_visits = at.iter().map(|a| (*a).to_owned()).collect();
        self
    }

    /// Where every patient of the practice lives.
    pub fn living_at(mut self, address: &[&str]) -> Self {
        self.address = address.iter().map(|l| (*l).to_owned()).collect();
        self
    }

    /// The same, kept for requests that must be seen the same day.
    pub fn same_day_slots(mut self, pathway: Pathway, at: &[&str]) -> Self {
        self.slots.push((pathway, at.iter().map(|a| (*a).to_owned()).collect(), true));
        self
    }

    /// With outside systems: messages really go out.
    pub fn with(mut self, set: impl FnOnce(&mut Config)) -> Self {
        set(&mut self.config);
        self.demonstration = false;
        self
    }

    /// On a database of one's choice.
    pub fn on(mut self, database: TestDatabase) -> Self {
        self.database = Some(database);
        self
    }

    /// Begins.
    pub async fn start(self) -> World {
        let clock = Arc::new(FixedClock::at(&self.at));
        let database = self.database.unwrap_or_else(databases::sqlite);
        let store = portico_server::open_store(&database.url, clock.clone()).await.expect("the store opens");
        let ods = "A81001".parse().expect("an ODS code");
        let (organisation, teams) =
            set_up::organisation(&store, "Elm Tree Surgery", ods, "0113 496 0100", None, self.demonstration).await.expect("a practice");
        let password_hash = portico_web::hash_password(SECRET).expect("a hash");
        let people: Vec<NewPerson> = self
            .people
            .iter()
            .map(|(name, role, team)| NewPerson {
                name: name.clone(),
                email: format!("{}@example.com", name.to_lowercase()),
                role: *role,
                team,
                password_hash: password_hash.clone(),
            })
            .collect();
        let staff = set_up::people(&store, organisation, &teams, &people).await.expect("people");
        let clinician = staff.iter().find(|s| s.role.is_clinician()).map(|s| (s.id, s.name.clone()));
        let config = Config { public_url: "http://practice.test".into(), ..self.config };
        let post = Arc::new(Post::new(&config).expect("outside systems"));
        let router = portico_server::router(store.clone(), config.web(), post.clone());
        let world = World {
            clock,
            organisation,
            jobs: Jobs { store: store.clone(), post, public_url: config.public_url },
            store,
            router,
            staff: staff.into_iter().map(|s| (s.name, s.id)).collect(),
            sessions: Mutex::default(),
            patients: Mutex::default(),
            database,
        };
        for (n, (given, phone)) in self.patients.iter().enumerate() {
            world.register(n, given, *phone, &self.address).await;
        }
        for (pathway, at, same_day) in &self.slots {
            world.add_slots(*pathway, at, *same_day, clinician.clone()).await;
        }
        if let Some(nurse) = clinician.filter(|_| !self.home_visits.is_empty()) {
            world.add_home_visits(&self.home_visits, &nurse).await;
        }
        world
    }
}

impl World {
    async fn register(&self, n: usize, given: &str, phone: Option<&str>, address: &[String]) {
        let number = (999_000_100 + n as u64 * 10..).find_map(NhsNumber::from_first_nine);
        let person = Person {
            given: given.into(),
            family: "Osei".into(),
            birth_date: Some(Date::constant(1984, 3, 15)),
            postcode: "LS1 4AP".parse().ok(),
            nhs_number: number,
            phone: phone.map(|p| p.parse().expect("a number")),
            email: None,
            address: address.to_vec(),
        };
        let p = Patient { id: Ids::new(self.clock.clone()).next(), person, sex: "female".into(), needs: Contact::default() };
        let organisation = self.organisation;
        self.store
            .write(organisation, None, work!(tx, [p] => Ok(patient::insert(tx.conn(), organisation, &p).await?)))
            .await
            .expect("a patient");
    }

    /// Slots of a pathway in the hours that follow, for the first clinician.
    pub async fn fresh_slots(&self, pathway: Pathway, count: i64) -> Vec<portico_nhs::SlotId> {
        let ids = Ids::new(self.clock.clone());
        let clinician = self.staff.iter().next_back().map(|(name, id)| (*id, name.clone())).expect("somebody");
        let from = self.clock.now() + SignedDuration::from_mins(30);
        let slots: Vec<Slot> =
            (0..count).map(|n| slot(&ids, pathway, &clinician, from + SignedDuration::from_mins(10 * n), false)).collect();
        let made = slots.iter().map(|s| s.id).collect();
        self.insert(ids.next(), slots).await;
        made
    }

    async fn insert(&self, session: portico_nhs::SessionId, slots: Vec<Slot>) {
        let organisation = self.organisation;
        self.store
            .write(organisation, None, work!(tx, [slots] => Ok(booking::insert_session(tx.conn(), organisation, session, booking::Origin::default(), &slots).await?)))
            .await
            .expect("slots");
    }

    async fn add_slots(&self, pathway: Pathway, at: &[String], same_day_only: bool, clinician: Option<(StaffId, String)>) {
        let ids = Ids::new(self.clock.clone());
        let clinician = clinician.expect("a clinician for the slots");
        let slots = at.iter().map(|at| slot(&ids, pathway, &clinician, FixedClock::at(at).now(), same_day_only)).collect();
        self.insert(ids.next(), slots).await;
    }

    async fn add_home_visits(&self, at: &[String], nurse: &(StaffId, String)) {
        let ids = Ids::new(self.clock.clone());
        let visit = |at: &String| {
            let usual = slot(&ids, Pathway::Nurse, nurse, FixedClock::at(at).now(), false);
            let (mode, category, condition) = (Mode::HomeVisit, SlotCategory::HomeVisit, Some(RecordFact::Housebound));
            Slot { kind: SlotKind { mode, category, condition, ..usual.kind }, ..usual }
        };
        self.insert(ids.next(), at.iter().map(visit).collect()).await;
    }

    /// `sqlite` or `postgres`.
    pub fn engine(&self) -> &'static str {
        self.database.kind
    }

    /// What the store was opened with.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// A patient, by the first name that they were registered with.
    pub fn patient(&self, given: &str) -> PatientActor<'_> {
        PatientActor { world: self, given: given.into() }
    }

    /// A member of staff, by name.
    pub fn staff(&self, name: &str) -> StaffActor<'_> {
        StaffActor { world: self, name: name.into() }
    }

    /// The id of a member of staff.
    pub fn staff_id(&self, name: &str) -> StaffId {
        self.staff[name]
    }

    /// The newest item of a person, open or closed.
    pub async fn item_of(&self, given: &str) -> WorkItem {
        let mut conn = self.store.reader().await.expect("a reader");
        let mut newest: Option<(i64, WorkItem)> = None;
        for id in search::items_ever(&mut conn, self.organisation, given).await.expect("a search") {
            let item = work_item::load(&mut conn, self.organisation, id).await.expect("a load").expect("an item");
            // A reference may begin with the letters of a name.
            if !item.person_name.contains(given) {
                continue;
            }
            // The clock stands still, so ids made at the same moment have no order; the log has.
            let events = event::of_item(&mut conn, self.organisation, id).await.expect("a history");
            let received = events.last().map_or(0, |e| e.seq);
            if newest.as_ref().is_none_or(|(seq, _)| *seq < received) {
                newest = Some((received, item));
            }
        }
        newest.map(|(_, item)| item).unwrap_or_else(|| panic!("there is no item of {given}"))
    }

    /// A member of staff whose session ran out signs in again.
    pub async fn signs_in_again(&self, name: &str) {
        self.sessions.lock().expect("sessions").remove(name);
        self.staff(name).opens("/help").await.is_done();
    }

    /// What everybody relies on, checked at the end of every story.
    pub async fn nothing_is_lost(&self) {
        let mut conn = self.store.reader().await.expect("a reader");
        let ledger = work_item::ledger(&mut conn, self.organisation).await.expect("a ledger");
        assert_eq!(ledger.received, ledger.open + ledger.closed, "received = open + closed");
        assert_eq!(
            work_item::without_next_move(&mut conn, self.organisation).await.expect("a count"),
            0,
            "every open item has one next move"
        );
        assert_eq!(booking::booked_twice(&mut conn, self.organisation).await.expect("a count"), 0, "no slot is booked twice");
        drop(conn);
        let report = self.store.verify_audit(self.organisation).await.expect("a report");
        assert_eq!(report.broken, None, "the audit log is whole");
    }

    /// Runs background work until there is none left that is due.
    pub async fn work_in_the_background(&self) {
        for _ in 0..50 {
            if self.jobs.once().await.expect("background work") == 0 {
                return;
            }
        }
        panic!("background work does not end");
    }

    /// Sends one request as a browser would, without following where it leads.
    async fn send(&self, browser: &mut Browser, method: Method, path: &str, fields: Option<&[(String, String)]>) -> Seen {
        let form = |f: &[(String, String)]| form_urlencoded::Serializer::new(String::new()).extend_pairs(f).finish().into_bytes();
        self.send_body(browser, method, path, fields.map(|f| ("application/x-www-form-urlencoded", form(f)))).await
    }

    async fn send_body(&self, browser: &mut Browser, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Seen {
        let cookies = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let mut request = HttpRequest::builder().method(method).uri(path).header(header::HOST, "practice.test");
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        if browser.live {
            request = request.header("x-live", "1");
        }
        if let Some((kind, _)) = body {
            request = request.header(header::CONTENT_TYPE, kind).header("sec-fetch-site", "same-origin");
        }
        let request = request.body(Body::from(body.map(|b| b.1).unwrap_or_default())).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap_or_default();
            if let Some((name, rest)) = text.split_once('=') {
                browser.cookies.insert(name.into(), rest.split(';').next().unwrap_or_default().into());
            }
        }
        let status = answer.status();
        let location = answer.headers().get(header::LOCATION).and_then(|l| l.to_str().ok()).map(str::to_owned);
        let bytes = axum::body::to_bytes(answer.into_body(), 16 << 20).await.expect("a body");
        Seen { status, html: String::from_utf8_lossy(&bytes).into_owned(), path: path.to_owned(), location }
    }

    /// Sends and follows where it leads, as browsers do.
    async fn visit(&self, browser: &mut Browser, method: Method, path: &str, fields: Option<&[(String, String)]>) -> Seen {
        let seen = self.send(browser, method, path, fields).await;
        self.follow(browser, seen).await
    }

    async fn visit_body(&self, browser: &mut Browser, path: &str, body: (&str, Vec<u8>)) -> Seen {
        let seen = self.send_body(browser, Method::POST, path, Some(body)).await;
        self.follow(browser, seen).await
    }

    async fn follow(&self, browser: &mut Browser, mut seen: Seen) -> Seen {
        for _ in 0..5 {
            let Some(next) = seen.location.clone().filter(|_| seen.status.is_redirection()) else { break };
            seen = self.send(browser, Method::GET, &next, None).await;
        }
        seen
    }
}

/// Ten minutes at the main surgery.
fn slot(ids: &Ids, pathway: Pathway, clinician: &(StaffId, String), starts: jiff::Timestamp, same_day_only: bool) -> Slot {
    Slot {
        id: ids.next(),
        clinician: clinician.0,
        clinician_name: clinician.1.clone(),
        site: "Main surgery".into(),
        starts,
        ends: starts + SignedDuration::from_mins(10),
        release_at: None,
        kind: SlotKind { same_day_only, ..SlotKind::new(pathway, SlotCategory::ConsultationAcute, Mode::FaceToFace) },
    }
}

/// What somebody sees.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The answer's status.
    pub status: StatusCode,
    /// The page.
    pub html: String,
    /// Where it is.
    pub path: String,
    location: Option<String>,
}

impl Seen {
    /// The words of the page, with single spaces.
    pub fn words(&self) -> String {
        let page = scraper::Html::parse_document(&self.html);
        page.root_element().text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    /// The page says this.
    #[track_caller]
    pub fn sees(self, words: &str) -> Self {
        assert!(self.words().contains(words), "{} does not say {words:?}; it says:\n{}", self.path, self.words());
        self
    }

    /// The page does not say this.
    #[track_caller]
    pub fn does_not_see(self, words: &str) -> Self {
        assert!(!self.words().contains(words), "{} says {words:?}", self.path);
        self
    }

    /// It was done.
    #[track_caller]
    pub fn is_done(self) -> Self {
        assert!(self.status.is_success(), "{} answered {}:\n{}", self.path, self.status, self.words());
        self
    }

    /// It was not done, and the page says why in this sentence.
    #[track_caller]
    pub fn is_refused(self, sentence: &str) -> Self {
        assert!(self.status.is_client_error(), "{} answered {}", self.path, self.status);
        self.sees(sentence)
    }

    /// Nothing was done, because somebody else had changed it first.
    #[track_caller]
    pub fn is_stale(self) -> Self {
        assert_eq!(self.status, StatusCode::CONFLICT, "{}:\n{}", self.path, self.words());
        self
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> Option<String> {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse(&format!("input[name=\"{name}\"]")).expect("a selector");
        page.select(&selector).next().and_then(|e| e.value().attr("value")).map(str::to_owned)
    }

    /// The value of the n-th button of a name.
    #[track_caller]
    pub fn button(&self, name: &str, n: usize) -> String {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse(&format!("button[name=\"{name}\"]")).expect("a selector");
        let value = page.select(&selector).nth(n).and_then(|e| e.value().attr("value")).map(str::to_owned);
        value.unwrap_or_else(|| panic!("{} has no button {n} of {name}:\n{}", self.path, self.words()))
    }

    /// The values of the boxes of a name that are ticked.
    pub fn ticked(&self, name: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse(&format!("input[name=\"{name}\"][checked]")).expect("a selector");
        page.select(&selector).filter_map(|e| e.value().attr("value")).map(str::to_owned).collect()
    }

    /// How many elements fit a selector of CSS.
    pub fn count(&self, selector: &str) -> usize {
        let page = scraper::Html::parse_document(&self.html);
        page.select(&scraper::Selector::parse(selector).expect("a selector")).count()
    }

    /// The names of the fields that begin like this, each once.
    pub fn fields_like(&self, begin: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse(&format!("input[name^=\"{begin}\"]")).expect("a selector");
        let mut names: Vec<String> = page.select(&selector).filter_map(|e| e.value().attr("name")).map(str::to_owned).collect();
        names.dedup();
        names
    }

    /// The values of a drop-down list.
    pub fn options(&self, name: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse(&format!("select[name=\"{name}\"] option")).expect("a selector");
        page.select(&selector).filter_map(|e| e.value().attr("value")).map(str::to_owned).collect()
    }

    /// Where the forms of the page go whose address begins like this.
    pub fn actions(&self, begin: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse("form[action]").expect("a selector");
        page.select(&selector).filter_map(|e| e.value().attr("action")).filter(|a| a.starts_with(begin)).map(str::to_owned).collect()
    }

    /// What stands in a text box.
    pub fn textarea(&self, id: &str) -> Option<String> {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse(&format!("textarea#{id}")).expect("a selector");
        page.select(&selector).next().map(|e| e.text().collect())
    }

    /// Every address that the page links to and that begins like this.
    pub fn links(&self, begin: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse("a[href]").expect("a selector");
        page.select(&selector).filter_map(|e| e.value().attr("href")).filter(|h| h.starts_with(begin)).map(str::to_owned).collect()
    }
}

/// A patient, who acts by the public pages.
pub struct PatientActor<'w> {
    world: &'w World,
    given: String,
}

impl PatientActor<'_> {
    fn browser(&self) -> Browser {
        self.world.patients.lock().expect("browsers").get(&self.given).cloned().unwrap_or_default()
    }

    fn keep(&self, browser: Browser) {
        self.world.patients.lock().expect("browsers").insert(self.given.clone(), browser);
    }

    /// Sends one page of the form and goes where it leads.
    pub async fn sends_page(&self, page: &str, fields: &[(&str, &str)]) -> Seen {
        let mut browser = self.browser();
        let path = format!("/ask/{page}");
        let open = if page == "emergency" { "/ask" } else { &path };
        let shown = self.world.visit(&mut browser, Method::GET, open, None).await;
        let mut all: Vec<(String, String)> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        all.extend(["_key", "_draft"].into_iter().filter_map(|n| shown.field(n).map(|v| (n.to_owned(), v))));
        let seen = self.world.visit(&mut browser, Method::POST, &path, Some(&all)).await;
        self.keep(browser);
        seen
    }

    /// Forgets everything that the browser kept.
    pub fn loses_cookies(&self) {
        let mut browser = self.browser();
        browser.cookies.clear();
        self.keep(browser);
    }

    /// Sends fields exactly as given, with the cookies that the browser has.
    pub async fn posts(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut browser = self.browser();
        let all: Vec<(String, String)> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let seen = self.world.visit(&mut browser, Method::POST, path, Some(&all)).await;
        self.keep(browser);
        seen
    }

    /// Sends files with a word, and goes where it leads; also where no file is expected, as a meddled page might.
    pub async fn sends_files(&self, path: &str, text: &str, files: &[(&str, Vec<u8>)]) -> Seen {
        let mut browser = self.browser();
        let fields = [("text".to_owned(), text.to_owned())];
        let seen = self.world.visit_body(&mut browser, path, files::multipart(&fields, files)).await;
        self.keep(browser);
        seen
    }

    /// Opens a page.
    pub async fn opens(&self, path: &str) -> Seen {
        let mut browser = self.browser();
        let seen = self.world.visit(&mut browser, Method::GET, path, None).await;
        self.keep(browser);
        seen
    }

    /// Ticks an emergency sign on the first page.
    pub async fn ticks(&self, sign: &str) -> Seen {
        self.sends_page("emergency", &[("emergency", sign)]).await
    }

    /// Goes through every page after the first as this person.
    pub async fn says_who_and(&self, words: &str) -> Seen {
        let given = self.given.clone();
        let pages: [(&str, Vec<(&str, &str)>); 12] = [
            ("who", vec![("who", "self")]),
            ("name", vec![("given", &given), ("family", "Osei")]),
            ("birth-date", vec![("birth-date-day", "15"), ("birth-date-month", "3"), ("birth-date-year", "1984")]),
            ("find", vec![("postcode", "LS1 4AP")]),
            ("phone", vec![("phone", "07700 900123")]),
            ("kind", vec![("kind", "new_problem")]),
            ("words", vec![("words", words)]),
            ("duration", vec![("duration", "3 days"), ("tried", "rest")]),
            ("worse", vec![("worse", "no")]),
            ("wish", vec![("wish", "a call")]),
            ("answer", vec![("answer-by", "text"), ("best-time", "after 3pm")]),
            ("needs", vec![]),
        ];
        for (page, fields) in pages {
            self.sends_page(page, &fields).await.is_done();
        }
        self.answers_safety_questions("no").await;
        let sent = self.sends_page("check", &[]).await.is_done();
        let mut browser = self.browser();
        browser.link = sent.links("/r/").into_iter().next();
        self.keep(browser);
        sent
    }

    /// Gives every safety question the same answer; says how many were asked.
    pub async fn answers_safety_questions(&self, answer: &str) -> usize {
        let mut asked = 0;
        loop {
            let shown = self.opens("/ask/check").await;
            let Some(concept) = shown.field("concept").filter(|_| shown.path == "/ask/safety") else { return asked };
            asked += 1;
            assert!(asked <= 5, "at most five are asked");
            self.sends_page("safety", &[("concept", &concept), ("safety", answer)]).await.is_done();
        }
    }

    /// Asks online, from the first page to the last.
    pub async fn asks_online(&self, words: &str) -> Seen {
        self.loses_cookies();
        self.sends_page("emergency", &[("emergency", "none")]).await.is_done();
        self.says_who_and(words).await
    }

    /// The private page's address.
    pub fn link(&self) -> String {
        self.browser().link.expect("a private link")
    }

    /// Opens the private page.
    pub async fn opens_private_page(&self) -> Seen {
        self.opens(&self.link()).await
    }

    /// Writes on the private page.
    pub async fn writes(&self, text: &str) -> Seen {
        let link = self.link();
        let key = self.opens(&link).await.field("_key").unwrap_or_default();
        self.posts(&format!("{link}/write"), &[("text", text), ("_key", &key)]).await
    }

    /// Cancels on the private page.
    pub async fn cancels(&self) -> Seen {
        let link = self.link();
        let key = self.opens(&format!("{link}/cancel")).await.field("_key").unwrap_or_default();
        self.posts(&format!("{link}/cancel"), &[("_key", &key)]).await
    }
}

/// A member of staff, who acts by the staff pages.
pub struct StaffActor<'w> {
    world: &'w World,
    name: String,
}

impl StaffActor<'_> {
    async fn browser(&self) -> Browser {
        let kept = self.world.sessions.lock().expect("sessions").get(&self.name).cloned();
        if let Some(browser) = kept {
            return browser;
        }
        let mut browser = Browser::default();
        let fields = [
            ("email".to_owned(), format!("{}@example.com", self.name.to_lowercase())),
            ("password".to_owned(), SECRET.to_owned()),
            ("to".to_owned(), "/help".to_owned()),
        ];
        self.world.visit(&mut browser, Method::POST, "/sign-in", Some(&fields)).await.is_done();
        self.world.sessions.lock().expect("sessions").insert(self.name.clone(), browser.clone());
        browser
    }

    /// Opens a page.
    pub async fn opens(&self, path: &str) -> Seen {
        let mut browser = self.browser().await;
        self.world.visit(&mut browser, Method::GET, path, None).await
    }

    /// Sends a form of a page: its tokens are taken from the page, its fields are these.
    pub async fn sends(&self, page: &str, to: &str, fields: &[(&str, &str)]) -> Seen {
        let shown = self.opens(page).await;
        self.sends_from(&shown, to, fields).await
    }

    /// Fetches a page again as the script of an open page does when something has changed.
    pub async fn refreshes(&self, path: &str) -> Seen {
        let mut browser = self.browser().await;
        browser.live = true;
        self.world.visit(&mut browser, Method::GET, path, None).await
    }

    /// Sends a form of a page that was opened before.
    pub async fn sends_from(&self, shown: &Seen, to: &str, fields: &[(&str, &str)]) -> Seen {
        let mut browser = self.browser().await;
        let mut all: Vec<(String, String)> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        for token in ["_csrf", "_key", "_version", "_seen-facts", "_seen-contact"] {
            if !all.iter().any(|(n, _)| n == token)
                && let Some(value) = shown.field(token)
            {
                all.push((token.into(), value));
            }
        }
        self.world.visit(&mut browser, Method::POST, to, Some(&all)).await
    }

    /// Sends files to the newest item of a person.
    pub async fn sends_files(&self, given: &str, text: &str, files: &[(&str, Vec<u8>)]) -> Seen {
        let shown = self.opens_item_of(given).await;
        let mut fields = vec![("text".to_owned(), text.to_owned())];
        fields.extend(["_csrf", "_key", "_version"].into_iter().filter_map(|n| shown.field(n).map(|v| (n.to_owned(), v))));
        let mut browser = self.browser().await;
        self.world.visit_body(&mut browser, &format!("{}/files", shown.path), files::multipart(&fields, files)).await
    }

    async fn on_item(&self, item: WorkItemId, what: &str, fields: &[(&str, &str)]) -> Seen {
        self.sends(&format!("/items/{item}"), &format!("/items/{item}/{what}"), fields).await
    }

    /// Opens the newest item of a person.
    pub async fn opens_item_of(&self, given: &str) -> Seen {
        let item = self.world.item_of(given).await;
        self.opens(&format!("/items/{}", item.id)).await
    }

    /// Triages the newest item of a person.
    pub async fn triages(&self, given: &str, urgency: &str, pathway: &str, reason: &str) -> Seen {
        let item = self.world.item_of(given).await;
        self.on_item(item.id, "triage", &[("urgency", urgency), ("pathway", pathway), ("reason", reason)]).await
    }

    /// Does something else to the newest item of a person.
    pub async fn does(&self, given: &str, what: &str, fields: &[(&str, &str)]) -> Seen {
        let item = self.world.item_of(given).await;
        self.on_item(item.id, what, fields).await
    }

    /// Gives the newest item of a person to a colleague.
    pub async fn assigns(&self, given: &str, to: &str) -> Seen {
        let to = format!("person-{}", self.world.staff_id(to));
        self.does(given, "assign", &[("to", &to)]).await
    }

    /// Books the first slot that is offered for a person.
    pub async fn books_first_slot(&self, given: &str) -> Seen {
        let item = self.world.item_of(given).await;
        let page = format!("/items/{}/booking", item.id);
        let shown = self.opens(&page).await;
        let slot = shown.field("slot-id").unwrap_or_else(|| panic!("no slot is offered:\n{}", shown.words()));
        self.sends_from(&shown, &page, &[("slot-id", &slot)]).await
    }

    /// Marks a colleague at work, away or left.
    pub async fn marks(&self, who: &str, presence: &str) -> Seen {
        let path = format!("/staff/{}/presence", self.world.staff_id(who));
        self.sends("/staff", &path, &[("presence", presence)]).await
    }

    /// Enters a request at the front desk.
    pub async fn enters(&self, fields: &[(&str, &str)]) -> Seen {
        self.sends("/front-desk", "/front-desk", fields).await
    }

    /// Whether the person is known to the store as at work.
    pub async fn is_at_work(&self) -> bool {
        let mut conn = self.world.store.reader().await.expect("a reader");
        let found =
            staff::load(&mut conn, self.world.organisation, self.world.staff_id(&self.name)).await.expect("a load").expect("a person");
        found.presence == portico_domain::staff::Presence::AtWork
    }
}
