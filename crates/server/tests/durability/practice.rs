//! A small practice for these tests, served in this process or by the real program.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use portico_domain::{
    pathway::Pathway,
    request::{Door, Kind, Person, Request},
    staff::{Actor, Role},
    triage::Urgency,
    work_item::Command,
};
use portico_nhs::{Clock, OrganisationId, SlotId, WorkItemId};
use portico_server::{
    Post, SystemClock,
    config::Config,
    jobs::Jobs,
    set_up::{self, NewPerson},
};
use portico_store::{
    Store,
    queries::{
        booking, job,
        staff::Staff,
        work_item::{self, Filter, Line},
    },
    work,
};
use portico_testkit::databases::TestDatabase;
use tokio::{net::TcpListener, process::Child, task::JoinHandle};

use crate::{
    client::{Answer, Browser},
    rush_clients,
};

/// The password of everybody here.
pub const PASSWORD: &str = "secret";

/// A practice on its own database.
pub struct Practice {
    pub store: Store,
    pub organisation: OrganisationId,
    pub sam: Staff,
    pub doctor: Staff,
    pub database: TestDatabase,
}

/// A key that no other form has.
pub fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("key-of-a-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Limits that a test, which comes from one address, does not meet.
pub fn config() -> Config {
    Config { sign_in_tries: 1_000_000, forms_a_minute: 1_000_000_000, ..Config::default() }
}

impl Practice {
    /// With a coordinator and a doctor; a demonstration delivers its own messages.
    pub async fn on(database: TestDatabase, clock: Arc<dyn Clock>, demonstration: bool) -> Self {
        let store = portico_server::open_store(&database.url, clock).await.expect("the store opens");
        let ods = "A81001".parse().expect("an ODS code");
        let (organisation, teams) =
            set_up::organisation(&store, "Elm Tree Surgery", ods, "0113 496 0100", None, demonstration).await.expect("a practice");
        let password_hash = portico_web::hash_password(PASSWORD).expect("a hash");
        let person = |name: &str, role, team| NewPerson {
            name: name.to_owned(),
            email: format!("{}@example.com", name.to_lowercase()),
            role,
            team,
            password_hash: password_hash.clone(),
        };
        let people = [person("Sam", Role::Coordinator, "Triage"), person("Osei", Role::Clinician, "GPs")];
        let made = set_up::people(&store, organisation, &teams, &people).await.expect("people");
        let [sam, doctor]: [Staff; 2] = made.try_into().expect("two people");
        Self { store, organisation, sam, doctor, database }
    }

    /// By the machine's clock, as a demonstration.
    pub async fn now_on(database: TestDatabase) -> Self {
        Self::on(database, Arc::new(SystemClock), true).await
    }

    /// The coordinator as history names her.
    pub fn sam(&self) -> Actor {
        Actor::Staff { id: self.sam.id, role: self.sam.role, name: self.sam.name.clone() }
    }

    /// Adds GP slots of 10 minutes from tomorrow on.
    pub async fn add_slots(&self, count: i64) -> Vec<SlotId> {
        rush_clients::add_slots(&self.store, self.organisation, (self.doctor.id, &self.doctor.name), count).await
    }

    /// Puts triaged requests on the desk that may be booked with a GP.
    pub async fn triaged_items(&self, count: usize) -> Vec<WorkItemId> {
        let practice = self.store.practice(self.organisation).await.expect("the practice");
        let actor = self.sam();
        self.store
            .write(
                self.organisation,
                None,
                portico_store::work!(tx, [practice, actor] => {
                    let mut made = Vec::new();
                    for n in 0..count {
                        let received = work::receive(tx, &practice, &intake(&format!("Ada{n}"), "a cough", None)).await?;
                        let command = Command::Triage { urgency: Urgency::Routine, pathway: Some(Pathway::Gp), reason: String::new() };
                        work::act(tx, &practice, &work::Act::new(actor.clone(), received.item, Some(1), command)).await?;
                        made.push(received.item);
                    }
                    Ok(made)
                }),
            )
            .await
            .expect("items")
    }

    /// Takes in a request of a person with this telephone number, and tells them so.
    pub async fn receives(&self, request: work::Intake) -> work::Received {
        let practice = self.store.practice(self.organisation).await.expect("the practice");
        self.store
            .write(self.organisation, None, portico_store::work!(tx, [practice, request] => work::receive(tx, &practice, &request).await))
            .await
            .expect("a request")
    }

    /// Every open item.
    pub async fn open_items(&self) -> Vec<Line> {
        let mut conn = self.store.reader().await.expect("a reader");
        work_item::list(&mut conn, self.organisation, &Filter::default(), self.store.now(), 1_000_000).await.expect("a list")
    }

    /// Open items of one kind.
    pub async fn open_of(&self, kind: Kind) -> Vec<Line> {
        self.open_items().await.into_iter().filter(|l| l.kind == kind).collect()
    }

    /// Background work over this practice.
    pub fn jobs(&self, config: &Config) -> Jobs {
        Jobs {
            store: self.store.clone(),
            post: Arc::new(Post::new(config).expect("outside systems")),
            public_url: config.public_url.clone(),
        }
    }

    /// Runs background work until none is due.
    pub async fn works_in_the_background(&self, jobs: &Jobs) {
        for _ in 0..50 {
            jobs.once().await.expect("background work");
            if job::due(&mut self.store.reader().await.expect("a reader"), self.organisation, self.store.now()).await.expect("a count") == 0
            {
                return;
            }
        }
        panic!("background work does not end");
    }

    /// What everybody relies on, at every end.
    pub async fn nothing_is_lost(&self) {
        let kind = self.database.kind;
        let mut conn = self.store.reader().await.expect("a reader");
        let ledger = work_item::ledger(&mut conn, self.organisation).await.expect("a ledger");
        assert_eq!(ledger.received, ledger.open + ledger.closed, "{kind}: received = open + closed");
        assert_eq!(
            work_item::without_next_move(&mut conn, self.organisation).await.expect("a count"),
            0,
            "{kind}: items without a next move"
        );
        assert_eq!(booking::booked_twice(&mut conn, self.organisation).await.expect("a count"), 0, "{kind}: slots booked twice");
        drop(conn);
        let report = self.store.verify_audit(self.organisation).await.expect("a report");
        assert_eq!(report.broken, None, "{kind}: the audit log is whole");
        assert!(report.events > 0);
    }
}

/// A request by telephone of a person who is told that it has come.
pub fn intake(given: &str, words: &str, phone: Option<&str>) -> work::Intake {
    let person = Person {
        given: given.into(),
        family: "Osei".into(),
        birth_date: Some(jiff::civil::Date::constant(1984, 3, 15)),
        phone: phone.map(|p| p.parse().expect("a number")),
        ..Person::default()
    };
    work::Intake {
        confirm: phone.is_some(),
        ..work::Intake::new(
            Kind::NewProblem,
            Door::Phone,
            Request { person, words: words.into(), ..Request::default() },
            Actor::System { job: "Test".into() },
        )
    }
}

/// The practice's pages, served in this process.
pub struct ServedHere {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for ServedHere {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves the practice's pages on a free port.
pub async fn serve_here(practice: &Practice, config: &Config) -> ServedHere {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let post = Arc::new(Post::new(config).expect("outside systems"));
    let router = portico_server::router(practice.store.clone(), config.web(), post);
    let task = tokio::spawn(async move {
        let _ = portico_server::serve(listener, router, std::future::pending()).await;
    });
    ServedHere { address, task }
}

/// The value of the first hidden field of this name on a page.
pub fn field(page: &str, name: &str) -> String {
    let after = page.split_once(&format!("name=\"{name}\" value=\"")).map(|(_, after)| after);
    after.and_then(|a| a.split('"').next()).unwrap_or_else(|| panic!("no field {name} on the page:\n{page}")).to_owned()
}

/// Signs the coordinator in and answers the token of her forms.
pub async fn sign_in(browser: &mut Browser) -> String {
    let fields = [("email", "sam@example.com"), ("password", PASSWORD), ("to", "/front-desk")];
    let answer = browser.post("/sign-in", &fields).await.expect("an answer");
    assert_eq!(answer.status, 303, "{}", answer.text());
    field(&browser.get("/front-desk").await.expect("a page").text(), "_csrf")
}

/// The pages of the patient's form with what one person says on each.
pub fn pages<'a>(given: &'a str, words: &'a str) -> Vec<(&'static str, Vec<(&'static str, &'a str)>)> {
    vec![
        ("emergency", vec![("emergency", "none")]),
        ("who", vec![("who", "self")]),
        ("name", vec![("given", given), ("family", "Osei")]),
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
        ("check", vec![]),
    ]
}

/// Goes through the pages of the form up to, and without, one of them.
pub async fn fill_in_before(browser: &mut Browser, given: &str, words: &str, last: &str) {
    browser.cookies.remove("ask");
    for (page, mut fields) in pages(given, words).into_iter().take_while(|(page, _)| *page != last) {
        let key = fresh_key();
        fields.push(("_key", &key));
        let answer = browser.post(&format!("/ask/{page}"), &fields).await.expect("an answer");
        assert_eq!(answer.status, 303, "{page}: {}", answer.text());
    }
}

/// The reference that a page shows after these words.
pub fn reference_after(page: &str, words: &str) -> Option<String> {
    let (_, after) = page.split_once(words)?;
    let (_, after) = after.split_once("<strong>")?;
    after.split('<').next().map(str::to_owned)
}

/// A front-desk form of a person and their words.
pub async fn send_front_desk(browser: &mut Browser, csrf: &str, key: &str, given: &str, words: &str) -> std::io::Result<Answer> {
    browser.post("/front-desk", &front_desk_form(csrf, key, given, words)).await
}

/// Its fields.
pub fn front_desk_form<'a>(csrf: &'a str, key: &'a str, given: &'a str, words: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("_csrf", csrf),
        ("_key", key),
        ("door", "phone"),
        ("given", given),
        ("family", "Osei"),
        ("birth-date-day", "15"),
        ("birth-date-month", "3"),
        ("birth-date-year", "1984"),
        ("postcode", "LS1 4AP"),
        ("phone", "07700 900123"),
        ("kind", "new_problem"),
        ("words", words),
    ]
}

/// The real program on a database, as a process of its own.
pub struct Program {
    pub address: SocketAddr,
    child: Child,
}

impl Program {
    /// Starts it and waits for its first answer.
    pub async fn start(database_url: &str, folder: &PathBuf) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let address: SocketAddr = ([127, 0, 0, 1], port).into();
        let said = std::fs::File::options().create(true).append(true).open(folder.join("said")).expect("a log");
        let child = tokio::process::Command::new(env!("CARGO_BIN_EXE_portico"))
            .arg("serve")
            .current_dir(folder)
            .env("DATABASE_URL", database_url)
            .env("PORTICO_LISTEN", address.to_string())
            .env("PORTICO_PUBLIC_URL", format!("http://{address}"))
            .env("RUST_LOG", "warn")
            .env_remove("PORTICO_TLS")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut program = Self { address, child };
        let since = Instant::now();
        while Browser::new(address).get("/health").await.is_err() {
            let ended = program.child.try_wait().expect("a state");
            assert!(ended.is_none() && since.elapsed() < Duration::from_secs(30), "the program does not answer; see {}", folder.display());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        program
    }

    /// Ends it as a power cut ends a process: SIGKILL, to this child only.
    pub async fn kill_nine(mut self) {
        self.child.kill().await.expect("the program is killed");
    }
}

/// A folder for the program's configuration and what it says, with limits that a test does not meet.
pub fn program_folder() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let folder = std::env::temp_dir().join(format!("portico-durability-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir_all(&folder).expect("a folder");
    #[expect(clippy::disallowed_methods, reason = "the configuration of a test")]
    std::fs::write(folder.join("portico.toml"), "sign_in_tries = 1000000\nforms_a_minute = 1000000000\n").expect("a configuration");
    folder
}

/// How many messages each fault gets on SQLite and on PostgreSQL: a part of them by day, all 200 in the nightly run.
pub fn messages_a_fault() -> [u64; 2] {
    if std::env::var_os("PORTICO_NIGHTLY").is_some() { [200, 200] } else { [40, 8] }
}
