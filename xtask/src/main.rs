//! The project's own commands: `cargo xtask demo | test | ci | assets | bench | docs | tidy`.
//!
//! Each sets up what it needs where it can, and says plainly what to install where it cannot.

mod assets;
mod checks;
mod docs;
mod shell;
mod tidy;

use std::process::ExitCode;

use shell::{Outcome, cargo};

const HELP: &str = "cargo xtask COMMAND

  demo [--port N]   set everything up and open the demonstration practice
  test              every test: the first verdict in about a minute, then everything else
  ci                formatting, lints and documents that must be up to date, then every test
  assets            fetch the front-end packages and build style sheets and scripts
  bench [--quick]   measure, and print the figures with machine and commit
  docs              print the documents that come from code
  tidy              sizes of files and functions, the arrows between crates, hazards and their tests
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("demo") => demo(&rest),
        Some("test") => checks::test(),
        Some("ci") => checks::ci(),
        Some("assets") => assets::build(),
        Some("bench") => bench(&rest),
        Some("docs") => docs::write(),
        Some("tidy") => tidy::report(),
        _ => {
            print!("{HELP}");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\n{why}");
            ExitCode::FAILURE
        }
    }
}

/// The demonstration practice on the embedded database, in the folder `demo`.
fn demo(arguments: &[&str]) -> Outcome {
    assets::build()?;
    cargo(&["build", "--package", "portico-server"])?;
    let port = arguments.iter().position(|a| *a == "--port").and_then(|i| arguments.get(i + 1)).copied().unwrap_or("8080");
    let folder = shell::root().join("demo");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
    let listen = format!("127.0.0.1:{port}");
    shell::run(
        shell::command(shell::binary("debug", "portico"))
            .arg("demo")
            .current_dir(&folder)
            .env("PORTICO_LISTEN", listen)
            .env_remove("DATABASE_URL"),
    )
}

/// Measures with the release build.
fn bench(arguments: &[&str]) -> Outcome {
    assets::build()?;
    let mut command = vec!["run", "--release", "--package", "portico-bench", "--"];
    command.extend(arguments);
    cargo(&["build", "--release", "--package", "portico-server"])?;
    cargo(&command)
}
