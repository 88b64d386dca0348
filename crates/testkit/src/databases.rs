//! Databases for tests: a fresh one of each kind, on a private PostgreSQL server of the test's own.

use std::{
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// A fresh, empty database that is gone when this is dropped.
pub struct TestDatabase {
    /// `sqlite` or `postgres`.
    pub kind: &'static str,
    /// What the store opens.
    pub url: String,
    folder: Option<PathBuf>,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

static NEXT: AtomicU32 = AtomicU32::new(0);

fn unique() -> String {
    format!("{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A fresh database of the embedded kind.
pub fn sqlite() -> TestDatabase {
    let folder = std::env::temp_dir().join(format!("portico-test-{}", unique()));
    std::fs::create_dir_all(&folder).expect("a folder for the database");
    TestDatabase { kind: "sqlite", url: format!("sqlite:{}", folder.join("test.db").display()), folder: Some(folder) }
}

/// A fresh database on the private PostgreSQL server.
pub fn postgres() -> TestDatabase {
    let server = server();
    let name = format!("t{}", unique());
    let made = psql(server, &format!("CREATE DATABASE {name}"));
    assert!(made.status.success(), "the database cannot be made: {}", String::from_utf8_lossy(&made.stderr));
    TestDatabase { kind: "postgres", url: format!("{server}/{name}"), folder: None }
}

/// One fresh database of each kind.
pub fn both() -> [TestDatabase; 2] {
    [sqlite(), postgres()]
}

fn psql(server: &str, sql: &str) -> std::process::Output {
    let psql = bin_folder().join("psql");
    Command::new(psql).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, &format!("{server}/postgres")]).output().expect("psql runs")
}

/// The server's address without a database: the one that the test command started, or one of this process's own.
fn server() -> &'static str {
    static SERVER: OnceLock<(String, Option<Private>)> = OnceLock::new();
    &SERVER
        .get_or_init(|| match std::env::var("PORTICO_TEST_POSTGRES") {
            Ok(address) => (address.trim_end_matches('/').to_owned(), None),
            Err(_) => {
                let private = Private::start();
                (private.address.clone(), Some(private))
            }
        })
        .0
}

/// A PostgreSQL server in a temporary folder. It stops when this process ends in any way: it watches our end of a pipe.
struct Private {
    address: String,
    _watcher: Child,
}

/// The newest PostgreSQL that is installed.
fn bin_folder() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .filter(|p| p.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| {
        panic!("PostgreSQL is not installed. Run `cargo xtask test`, which installs it, or install Debian's package postgresql.")
    })
}

impl Private {
    fn start() -> Self {
        let bin = bin_folder();
        let folder = std::env::temp_dir().join(format!("portico-postgres-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for PostgreSQL");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let script = folder.join("run.sh");
        write_script(&script, &bin, &folder, port);
        // PostgreSQL refuses to run as root, so root becomes the user that Debian's package made.
        let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0"));
        let mut command = if root {
            let owned = Command::new("chown").args(["-R", "postgres"]).arg(&folder).status();
            assert!(owned.is_ok_and(|s| s.success()), "the folder cannot be given to the user postgres");
            let mut c = Command::new("setpriv");
            c.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
            c
        } else {
            Command::new("sh")
        };
        let watcher =
            command.arg(&script).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("PostgreSQL starts");
        let address = format!("postgres://portico@127.0.0.1:{port}");
        let since = Instant::now();
        while !psql(&address, "SELECT 1").status.success() {
            assert!(since.elapsed() < Duration::from_secs(60), "PostgreSQL did not start; see {}", folder.join("log").display());
            std::thread::sleep(Duration::from_millis(100));
        }
        Self { address, _watcher: watcher }
    }
}

/// The server runs until its standard input closes, which happens when we end, however we end.
fn write_script(script: &Path, bin: &Path, folder: &Path, port: u16) {
    let (bin, folder) = (bin.display(), folder.display());
    let text = format!(
        "cd {folder}\n\
         {bin}/initdb -D {folder}/data -U portico --auth=trust -E UTF8 --locale=C >{folder}/log 2>&1 || exit 1\n\
         {bin}/postgres -D {folder}/data -c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c max_connections=300 -c shared_buffers=128MB >>{folder}/log 2>&1 &\n\
         server=$!\n\
         cat >/dev/null\n\
         kill -INT $server\n\
         wait $server\n\
         rm -rf {folder}\n"
    );
    #[expect(clippy::disallowed_methods, reason = "a script in a temporary folder, for tests")]
    std::fs::write(script, text).expect("the script is written");
    let _ = std::io::stdout().flush();
}
