//! The `portico` command.

use std::{io::IsTerminal, path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use portico_domain::{
    access::{Action, allowed},
    advice::Mode,
    staff::{Actor, Presence, Role},
};
use portico_nhs::{Calendar, OdsCode, uk_date};
use portico_server::{Post, SystemClock, config::Config, demo, import, jobs::Jobs, listen, open_store, router, serve, set_up, triage};
use portico_store::{
    Ids, Store,
    queries::{organisation, staff},
    work,
};

#[derive(Parser)]
#[command(name = "portico", version, about = "The front door of care as one program")]
struct Cli {
    /// Configuration file; portico.toml beside you when not said.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve patients and staff.
    Serve,
    /// Set up an organisation with its manager.
    Init(Init),
    /// Make the demonstration practice in an empty database and serve it.
    Demo {
        /// How it takes triage advice: off, shadow or advice.
        #[arg(long, default_value = "advice")]
        advice: Mode,
    },
    /// People who may sign in.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Bring data in.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Read requests in patients' words and advise an urgency and a pathway, with reasons.
    Triage(TriageCommand),
    /// The rule set that triage reads with.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Check that no event of the audit log was changed or removed.
    VerifyAudit(OneOrganisation),
    /// Print every route and who may use it.
    Routes,
    /// Print the duties that the program serves.
    Duties,
    /// Print who may do what.
    Access,
}

#[derive(Args)]
struct OneOrganisation {
    /// The organisation's ODS code, when there are several.
    #[arg(long)]
    ods: Option<OdsCode>,
}

#[derive(Args)]
struct Init {
    /// The organisation's name as patients see it.
    #[arg(long)]
    name: String,
    /// Its ODS code.
    #[arg(long)]
    ods: OdsCode,
    /// The number that patients ring.
    #[arg(long)]
    phone: String,
    /// The manager's name.
    #[arg(long)]
    manager: String,
    /// The manager's e-mail address.
    #[arg(long)]
    email: String,
    /// The web host that means this organisation, when there are several.
    #[arg(long)]
    host: Option<String>,
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Add a person and print the password that they first sign in with.
    Add {
        /// As shown.
        #[arg(long)]
        name: String,
        /// Signs in with it.
        #[arg(long)]
        email: String,
        /// coordinator, clinician, safety_lead, reception, manager or auditor.
        #[arg(long)]
        role: Role,
        /// The name of their team.
        #[arg(long)]
        team: String,
        #[command(flatten)]
        one: OneOrganisation,
    },
    /// Give a person another role, such as that of the clinical safety lead.
    Role {
        /// Signs in with it.
        #[arg(long)]
        email: String,
        /// coordinator, clinician, safety_lead, reception, manager or auditor.
        #[arg(long)]
        role: Role,
        #[command(flatten)]
        one: OneOrganisation,
    },
    /// Print a new password for a person and end their sessions.
    Password {
        /// Signs in with it.
        #[arg(long)]
        email: String,
        #[command(flatten)]
        one: OneOrganisation,
    },
}

#[derive(Subcommand)]
enum ImportCommand {
    /// Requests from a CSV or JSON lines file.
    Requests {
        /// The file.
        file: PathBuf,
        /// Which column holds which field, as OURS=THEIRS; may be given several times.
        #[arg(long)]
        map: Vec<String>,
        /// Check every row and write nothing.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        one: OneOrganisation,
    },
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
struct TriageCommand {
    /// A CSV file of requests, or - for standard input: columns id, text, age, sex, pregnant, known, channel; all but text may be missing.
    file: Option<PathBuf>,
    /// How results are written.
    #[arg(long, value_enum, default_value = "csv")]
    format: triage::Format,
    /// A folder of content to read with instead of the shipped content; its faults are told and passed over.
    #[arg(long, global = true)]
    content: Option<PathBuf>,
    #[command(subcommand)]
    what: Option<TriageWhat>,
}

#[derive(Subcommand)]
enum TriageWhat {
    /// Explain one text: what was read, which rules fired, what would change it.
    Explain {
        /// In the patient's words.
        text: String,
        /// 34, 5m, 3w or 10d.
        #[arg(long)]
        age: Option<String>,
        /// f or m.
        #[arg(long)]
        sex: Option<char>,
        /// Known to be pregnant.
        #[arg(long)]
        pregnant: bool,
        /// Facts of the record, such as asthma or anticoagulant; may be given several times.
        #[arg(long)]
        known: Vec<String>,
    },
    /// Compare advice with the labels of a CSV file (column gold, and trap for classes).
    Evaluate {
        /// The file, or several.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Show each request that was advised otherwise than labelled: only emergencies missed and made, or all.
        #[arg(long, value_enum)]
        misses: Option<triage::Misses>,
    },
}

#[derive(Subcommand)]
enum RulesCommand {
    /// Check every rule, its cases and its sources.
    Check {
        /// A folder of content; the shipped content when not said.
        folder: Option<PathBuf>,
        /// Tell only faults and failing cases that hold one of these words.
        #[arg(long)]
        only: Vec<String>,
    },
    /// Read earlier requests again with another folder of content: who would move up, who down, in which groups.
    Replay {
        /// The folder of content to compare with the rules in force.
        folder: PathBuf,
        /// Over the requests of so many months.
        #[arg(long, default_value = "3")]
        months: i64,
        #[command(flatten)]
        one: OneOrganisation,
    },
    /// Learn how much words are like those of emergencies from labelled messages, and print content/wording.toml.
    Learn {
        /// CSV files with the columns text and gold, and the others of `portico triage`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// A folder of content; the shipped content when not said.
        #[arg(long)]
        content: Option<PathBuf>,
        /// The day to write down as that of the source.
        #[arg(long)]
        date: jiff::civil::Date,
    },
    /// Print which English words and names spelling repair must leave alone, as content/protected.toml has them.
    Protect {
        /// Lists of words, one a line.
        #[arg(required = true)]
        words: Vec<PathBuf>,
        /// A folder of content; the shipped content when not said.
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// Sign for the rule set in use as the clinical safety lead, or switch advice off.
    Sign {
        /// off, shadow or advice.
        #[arg(long)]
        mode: Mode,
        /// The address with which the clinical safety lead signs in.
        #[arg(long)]
        email: String,
        /// Their professional registration number.
        #[arg(long)]
        registration: String,
        /// The evaluation that it rests on, in a sentence.
        #[arg(long)]
        evaluation: String,
        /// Until when, YYYY-MM-DD, within a year.
        #[arg(long)]
        expires: jiff::civil::Date,
        #[command(flatten)]
        one: OneOrganisation,
    },
    /// Say which rules differ between two folders of content.
    Diff {
        /// The older.
        old: PathBuf,
        /// The newer; the shipped content when not said.
        new: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,sqlx=warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    let cli = Cli::parse();
    let config = Config::read(cli.config.as_deref())?;
    match obey(cli.command, &config).await {
        // Whoever reads our output may stop reading when they have seen enough.
        Err(e) if e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) => Ok(()),
        done => done,
    }
}

async fn obey(command: Command, config: &Config) -> anyhow::Result<()> {
    match command {
        Command::Serve => run(&open(config).await?, config).await,
        Command::Init(init) => set_up_organisation(&open(config).await?, init).await,
        Command::Demo { advice } => demonstrate(config, advice).await,
        Command::Staff(command) => people(&open(config).await?, command).await,
        Command::Import(ImportCommand::Requests { file, map, dry_run, one }) => {
            import_requests(&open(config).await?, &file, &map, dry_run, one).await
        }
        Command::VerifyAudit(one) => verify(&open(config).await?, one).await,
        Command::Triage(command) => read_requests(command),
        Command::Rules(command) => rules(config, command).await,
        Command::Routes => {
            print!("{}", portico_duties::printed_routes(&portico_server::routes(Arc::new(Post::new(config)?))));
            Ok(())
        }
        Command::Duties => {
            print!("{}", portico_duties::printed());
            Ok(())
        }
        Command::Access => {
            print!("{}", portico_domain::access::printed());
            Ok(())
        }
    }
}

fn read_requests(command: TriageCommand) -> anyhow::Result<()> {
    let engine = triage::engine_of(command.content.as_deref())?;
    match (command.what, command.file) {
        (Some(TriageWhat::Explain { text, age, sex, pregnant, known }), _) => {
            let age_days = age.map(|a| portico_triage::age_days(&a)).transpose().map_err(anyhow::Error::msg)?;
            let request = portico_triage::Request { text, age_days, sex, pregnant: pregnant.then_some(true), known, ..Default::default() };
            print!("{}", triage::explained(&engine, &request));
        }
        (Some(TriageWhat::Evaluate { files, misses }), _) => {
            let mut judged = Vec::new();
            for file in &files {
                judged.extend(triage::judged(&engine, file, misses, &mut std::io::stdout().lock())?);
            }
            print!("{}", triage::printed(&portico_triage::judge(&judged)));
        }
        (None, Some(file)) => {
            let began = std::time::Instant::now();
            let count = triage::read_file(&engine, &file, command.format, &mut std::io::stdout().lock())?;
            eprintln!("{count} requests read in {:.2} s with rule set {}", began.elapsed().as_secs_f64(), engine.version());
        }
        (None, None) => anyhow::bail!("Say which file: portico triage FILE.csv, or - for standard input."),
    }
    Ok(())
}

async fn rules(config: &Config, command: RulesCommand) -> anyhow::Result<()> {
    match command {
        RulesCommand::Sign { mode, email, registration, evaluation, expires, one } => {
            let store = open(config).await?;
            let o = set_up::the_organisation(&store, one.ods.as_ref()).await?;
            let practice = store.practice(o.id).await?;
            let (lead, _) = staff::by_email(&mut store.reader().await?, o.id, &email)
                .await?
                .filter(|(person, _)| allowed(person.role, Action::SignRules) && person.presence != Presence::Left)
                .with_context(|| format!("{email} is no clinical safety lead of {}", o.name))?;
            let signature =
                triage::signature((store.now(), practice.adviser.version()), mode, (&lead.name, &registration), &evaluation, expires)?;
            // Nobody has shown here who they are: the log says that it was this command.
            let actor = Actor::System { job: "portico rules sign".into() };
            let said = format!("{}: {} until {expires}, rule set {}", o.name, signature.mode.label(), signature.version);
            store
                .write(o.id, None, portico_store::work!(tx, [actor, signature] => work::sign_rules(tx, o.id, &actor, &signature).await))
                .await?;
            println!("{said}");
            store.close().await;
        }
        RulesCommand::Check { folder, only } => match triage::check(&triage::files_of(folder.as_deref())?, &only) {
            Ok(said) => println!("{said}"),
            Err(why) => anyhow::bail!(why),
        },
        RulesCommand::Replay { folder, months, one } => {
            let new = triage::engine_of(Some(&folder))?;
            let store = open(config).await?;
            let o = set_up::the_organisation(&store, one.ods.as_ref()).await?;
            print!("{}", triage::replayed(&store, o.id, new, months).await?);
            store.close().await;
        }
        RulesCommand::Learn { files, content, date } => {
            print!("{}", triage::learnt(&triage::engine_of(content.as_deref())?, &files, date)?);
        }
        RulesCommand::Protect { words, folder } => {
            let lists = words.iter().map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
            print!("{}", triage::protected(triage::files_of(folder.as_deref())?, &lists.join("\n")));
        }
        RulesCommand::Diff { old, new } => {
            print!("{}", triage::difference(&triage::engine_of(Some(&old))?, &triage::engine_of(new.as_deref())?));
        }
    }
    Ok(())
}

async fn open(config: &Config) -> anyhow::Result<Store> {
    open_store(&config.database_url, Arc::new(SystemClock))
        .await
        .with_context(|| format!("the database at {} does not open", shown(&config.database_url)))
}

/// A database address without its password.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}

async fn run(store: &Store, config: &Config) -> anyhow::Result<()> {
    if organisation::list(&mut store.reader().await?).await?.is_empty() {
        begin_empty(store).await?;
    }
    if Calendar::known_through().duration_since(uk_date(store.now())).as_hours() < 24 * 365 {
        tracing::warn!("bank holidays are known through {} only; install a newer Portico before then", Calendar::known_through());
    }
    // The rules take a moment to read; nobody should wait for it at the first request.
    std::thread::spawn(portico_triage::Engine::shipped);
    let listener = listen(&config.listen).await.with_context(|| format!("{} cannot be listened on", config.listen))?;
    let post = Arc::new(Post::new(config)?);
    let jobs = Jobs { store: store.clone(), post: post.clone(), public_url: config.web().public_url };
    let (close, closing) = tokio::sync::watch::channel(false);
    let mut working = tokio::spawn(jobs.run(closing));
    tracing::info!(address = %listener.local_addr()?, database = shown(&config.database_url), "Portico is open");
    println!("Patients: {0}/   Staff: {0}/desk", config.public_url);
    serve(listener, router(store.clone(), config.web(), post), stopped()).await?;
    close.send_replace(true);
    if tokio::time::timeout(CLOSES_WITHIN, &mut working).await.is_err() {
        working.abort();
    }
    store.close().await;
    Ok(())
}

/// What is being sent when the program stops has so long to end.
const CLOSES_WITHIN: std::time::Duration = std::time::Duration::from_secs(25);

async fn stopped() {
    #[cfg(unix)]
    {
        let term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut term) = term {
            tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = term.recv() => {} }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// An empty database becomes a practice without patients, whose manager's password is printed once.
async fn begin_empty(store: &Store) -> anyhow::Result<()> {
    let init = Init {
        name: "Your practice".into(),
        ods: "X00000".parse()?,
        phone: "your practice number".into(),
        manager: "Manager".into(),
        email: "manager@localhost".into(),
        host: None,
    };
    println!(
        "The database is empty, so this is a practice called “Your practice”. “portico init” on another empty database sets up your own."
    );
    set_up_organisation(store, init).await
}

fn new_password(store: &Store) -> anyhow::Result<(String, String)> {
    let secret = Ids::new(store.clock()).secret();
    let password: String = secret.as_str().chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    let hash = portico_web::hash_password(&password).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    Ok((password, hash))
}

async fn set_up_organisation(store: &Store, init: Init) -> anyhow::Result<()> {
    let (id, teams) = set_up::organisation(store, &init.name, init.ods, &init.phone, init.host, false).await?;
    let (password, password_hash) = new_password(store)?;
    let manager = set_up::NewPerson { name: init.manager, email: init.email.clone(), role: Role::Manager, team: "Admin", password_hash };
    set_up::people(store, id, &teams, &[manager]).await?;
    println!("Sign in as {} with the password {password}\nAdd people with “portico staff add”.", init.email);
    Ok(())
}

async fn demonstrate(config: &Config, advice: Mode) -> anyhow::Result<()> {
    let store = open(config).await?;
    if organisation::list(&mut store.reader().await?).await?.is_empty() {
        eprintln!("Making a practice of 1,000 made-up patients …");
        demo::make(&store, advice).await?;
    }
    println!("\nElm Tree Surgery, a demonstration practice. Everybody in it is made up.\n");
    println!("  Patients ask here:  {}/", config.public_url);
    println!("  Staff sign in here: {}/desk\n\n  Every password is: {}\n", config.public_url, demo::PASSWORD);
    for (name, email, role, team) in demo::STAFF {
        println!("  {email:<24} {name}, {} ({team})", role.label());
    }
    println!("\nStop with Ctrl-C.");
    run(&store, config).await
}

async fn people(store: &Store, command: StaffCommand) -> anyhow::Result<()> {
    let (password, password_hash) = new_password(store)?;
    let email = match command {
        StaffCommand::Add { name, email, role, team, one } => {
            let o = set_up::the_organisation(store, one.ods.as_ref()).await?;
            let practice = store.practice(o.id).await?;
            let Some(found) = practice.teams.iter().find(|t| t.name.eq_ignore_ascii_case(&team)) else {
                anyhow::bail!(
                    "there is no team {team:?}; the teams are: {}",
                    practice.teams.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ")
                )
            };
            let person = staff::Staff {
                id: Ids::new(store.clock()).next(),
                name,
                email: email.to_lowercase(),
                role,
                team: found.id,
                presence: portico_domain::staff::Presence::AtWork,
                hours: None,
            };
            let id = o.id;
            let hash = password_hash.clone();
            store
                .write(id, None, work!(tx, [person, hash] => {
                    staff::insert(tx.conn(), id, &person, &hash).await?;
                    let by = portico_domain::staff::Actor::System { job: "Command line".into() };
                    Ok(tx.record(id, portico_store::NewEvent::plain(by, portico_domain::event::Verb::Created, format!("{} added as {}", person.name, person.role))).await?)
                }))
                .await
                .context("is somebody with this address there already?")?;
            email
        }
        StaffCommand::Role { email, role, one } => {
            let o = set_up::the_organisation(store, one.ods.as_ref()).await?;
            let found = staff::by_email(&mut store.reader().await?, o.id, &email).await?;
            let (person, _) = found.with_context(|| format!("nobody signs in with {email}"))?;
            let by = Actor::System { job: "Command line".into() };
            store.write(o.id, None, work!(tx, [by, person] => work::set_role(tx, o.id, &by, &person, role).await)).await?;
            println!("{email} is {} of {} now", role.label().to_lowercase(), o.name);
            store.close().await;
            return Ok(());
        }
        StaffCommand::Password { email, one } => {
            let o = set_up::the_organisation(store, one.ods.as_ref()).await?;
            let found = staff::by_email(&mut store.reader().await?, o.id, &email).await?;
            let (person, _) = found.with_context(|| format!("nobody signs in with {email}"))?;
            let (id, who, hash) = (o.id, person.id, password_hash.clone());
            store.write(id, None, work!(tx, [hash] => Ok(staff::set_password(tx.conn(), id, who, &hash).await?))).await?;
            email
        }
    };
    println!("{email} signs in with the password {password}");
    store.close().await;
    Ok(())
}

async fn import_requests(store: &Store, file: &std::path::Path, map: &[String], dry_run: bool, one: OneOrganisation) -> anyhow::Result<()> {
    let rows = import::read(file, &import::mapping(map)?)?;
    let o = set_up::the_organisation(store, one.ods.as_ref()).await?;
    let practice: Arc<work::Practice> = store.practice(o.id).await?;
    let report = import::run(store, practice, rows, dry_run, |taken, all| eprintln!("{taken} of {all} rows …")).await?;
    for (row, why) in &report.wrong {
        println!("row {row}: {why}");
    }
    let said = if dry_run { "would be put on the desk" } else { "are on the desk" };
    println!("{} rows: {} {said}, {} have something wrong", report.rows, report.taken, report.wrong.len());
    store.close().await;
    if report.wrong.is_empty() {
        Ok(())
    } else {
        anyhow::bail!("put the rows above right and import the file again; rows that were taken are not taken twice")
    }
}

async fn verify(store: &Store, one: OneOrganisation) -> anyhow::Result<()> {
    let o = set_up::the_organisation(store, one.ods.as_ref()).await?;
    let report = store.verify_audit(o.id).await?;
    match report.broken {
        None => {
            println!("{} events, all as they were written", report.events);
            Ok(())
        }
        Some(why) => anyhow::bail!("the audit log has been changed: {why}"),
    }
}
