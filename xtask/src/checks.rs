//! Tests and checks, fast ones first.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    time::Instant,
};

use crate::{
    assets, docs,
    shell::{Outcome, binary, cargo, command, has, install},
    tidy,
};

/// Passed and failed, summed over every runner.
#[derive(Debug, Default)]
struct Verdict {
    passed: u64,
    failed: u64,
    wrong: Vec<String>,
}

/// Every test; prints the sum of every runner last.
pub fn test() -> Outcome {
    let started = Instant::now();
    assets::build()?;
    postgres()?;
    browser()?;
    let mut verdict = Verdict::default();
    verdict.cargo("the core", &["test", "--package", "portico-nhs", "--package", "portico-domain", "--package", "portico-nhsuk"]);
    eprintln!("\nFirst verdict after {} s: {} passed, {} failed\n", started.elapsed().as_secs(), verdict.passed, verdict.failed);
    verdict.cargo(
        "the store, the stories and everything else",
        &["test", "--workspace", "--exclude", "portico-nhs", "--exclude", "portico-domain", "--exclude", "portico-nhsuk", "--no-fail-fast"],
    );
    // The tests above have built the program, with the features that they share.
    verdict.check("arrows, hazards and documents", tidy::check().and_then(|()| docs::check()));
    verdict.browser();
    eprintln!("\nEverything after {} s", started.elapsed().as_secs());
    for wrong in &verdict.wrong {
        eprintln!("WRONG: {wrong}");
    }
    println!("\n{} passed, {} failed", verdict.passed, verdict.failed);
    if verdict.failed == 0 && verdict.wrong.is_empty() { Ok(()) } else { Err("Some tests failed; see above.".into()) }
}

/// Formatting and lints, then every test.
pub fn ci() -> Outcome {
    assets::build()?;
    cargo(&["fmt", "--all", "--check"]).map_err(|_| "Run `cargo fmt --all`.".to_owned())?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    test()
}

impl Verdict {
    fn check(&mut self, what: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => {
                self.failed += 1;
                self.wrong.push(format!("{what}: {why}"));
            }
        }
    }

    /// Runs cargo and adds up its closing lines.
    fn cargo(&mut self, what: &str, arguments: &[&str]) {
        self.runner(what, command(env!("CARGO")).args(arguments).envs(quick_folder()), |line| {
            let rest = line.strip_prefix("test result: ")?;
            let number = |after: &str| rest.split(after).next()?.split_whitespace().next_back()?.parse().ok();
            Some((number(" passed")?, number(" failed")?))
        });
    }

    fn browser(&mut self) {
        let portico = binary("debug", "portico");
        self.runner(
            "the browser tests",
            command("node").arg("tests/browser/run.mjs").arg("--portico").arg(portico).envs(quick_folder()),
            |line| {
                let (passed, failed) = line.split_once(" passed, ")?;
                Some((passed.trim().parse().ok()?, failed.strip_suffix(" failed")?.parse().ok()?))
            },
        );
    }

    /// Runs something, shows what it prints, and reads its closing lines. Ending badly without a failed test is a failure too.
    fn runner(&mut self, what: &str, command: &mut std::process::Command, closing: impl Fn(&str) -> Option<(u64, u64)>) {
        eprintln!("\n== {what}");
        let child = command.stdout(Stdio::piped()).spawn();
        let Ok(mut child) = child else {
            self.check(what, Err("cannot be started".into()));
            return;
        };
        let (mut passed, mut failed) = (0, 0);
        for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()).map_while(Result::ok) {
            if let Some((p, f)) = closing(&line) {
                passed += p;
                failed += f;
            }
            println!("{line}");
        }
        let ended_well = child.wait().is_ok_and(|s| s.success());
        self.passed += passed;
        self.failed += failed;
        if !ended_well && failed == 0 {
            self.failed += 1;
            self.wrong.push(format!("{what} ended badly"));
        }
        if ended_well && passed == 0 {
            self.failed += 1;
            self.wrong.push(format!("{what} ran no test"));
        }
    }
}

/// Where the tests keep their databases: in memory where the system has a folder for that, for a slow disk tells nothing about
/// the program. What survives the kill of a process survives it there too.
fn quick_folder() -> Option<(&'static str, &'static str)> {
    const MEMORY: &str = "/dev/shm";
    let mine = Path::new(MEMORY).join(format!("portico-{}", std::process::id()));
    let writable = std::fs::create_dir(&mine).and_then(|()| std::fs::remove_dir(&mine)).is_ok();
    (writable && std::env::var_os("TMPDIR").is_none()).then_some(("TMPDIR", MEMORY))
}

/// PostgreSQL, for the tests' own private server.
fn postgres() -> Outcome {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().any(|e| e.path().join("bin/initdb").exists());
    if installed { Ok(()) } else { install(&["postgresql"], "Testing on PostgreSQL") }
}

/// Chromium, for the browser tests.
fn browser() -> Outcome {
    let installed = has("chromium") || std::env::var_os("CHROMIUM").is_some_and(|c| Path::new(&c).exists());
    if installed { Ok(()) } else { install(&["chromium", "fonts-liberation"], "Testing in a browser") }
}
