//! The real program as a process of its own.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{client::Browser, practice::CONFIGURATION};

/// Builds the program that is measured, beside this one, and answers where it is.
pub fn build() -> anyhow::Result<PathBuf> {
    let ours = std::env::current_exe()?;
    let folder = ours.parent().context("this program is nowhere")?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "-p", "portico-server", "--bin", "portico"]);
    if folder.ends_with("release") {
        command.arg("--release");
    } else {
        eprintln!("This is not a release build: the figures say little. Use cargo run --release -p portico-bench.");
    }
    if !command.status()?.success() {
        bail!("portico does not build");
    }
    Ok(folder.join("portico"))
}

/// A running program; it ends with this value.
pub struct Program {
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
    child: Child,
}

impl Program {
    /// Starts it on a database and waits for its first answer.
    pub async fn start(binary: &Path, database_url: &str, folder: &Path) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address: SocketAddr = ([127, 0, 0, 1], port).into();
        #[expect(clippy::disallowed_methods, reason = "the configuration of a measurement")]
        std::fs::write(folder.join("portico.toml"), CONFIGURATION)?;
        let began = Instant::now();
        let mut child = Command::new(binary)
            .arg("serve")
            .current_dir(folder)
            .env("DATABASE_URL", database_url)
            .env("PORTICO_LISTEN", address.to_string())
            .env("PORTICO_PUBLIC_URL", format!("http://{address}"))
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        while Browser::new(address).get("/health").await.is_err() {
            if child.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(120) {
                bail!("the program does not answer");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self { address, started_in: began.elapsed(), child })
    }

    /// Waits until it has done what it does after its start (the triage content is read then), so that a measurement of what
    /// comes later is not one of the start.
    pub async fn settles(&self) -> anyhow::Result<()> {
        let mut used = self.processor_seconds()?;
        for _ in 0..120 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = self.processor_seconds()?;
            if now - used < 0.03 {
                return Ok(());
            }
            used = now;
        }
        bail!("the program does not come to rest")
    }

    /// Resident memory now and at its highest, in MiB.
    pub fn memory(&self) -> anyhow::Result<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let mib = |name: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|k| k.parse::<f64>().ok()).map_or(f64::NAN, |kib| kib / 1024.0)
        };
        Ok((mib("VmRSS:"), mib("VmHWM:")))
    }

    /// Seconds of processor time that it has used.
    pub fn processor_seconds(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
        Ok(ticks / 100.0)
    }

    /// Asks it to stop, as systemd would, and waits.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
