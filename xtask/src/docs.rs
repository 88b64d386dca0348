//! Documents that are printed from code.

use crate::shell::{Outcome, binary, cargo, command, output, root};

/// Each printed document: its file, what stands above it, and the command that prints it.
const PRINTED: &[(&str, &str, &str)] = &[
    ("docs/duties.md", "", "duties"),
    ("docs/access.md", "# Who may do what\n\nPrinted by `cargo xtask docs` from `crates/domain/src/access.rs`; do not edit.\n\n", "access"),
    (
        "docs/routes.md",
        "# Every route and who may use it\n\nPrinted by `cargo xtask docs` from the routes' own declarations; do not edit.\n\n",
        "routes",
    ),
];

fn printed() -> Result<Vec<(&'static str, String)>, String> {
    let portico = binary("debug", "portico");
    PRINTED
        .iter()
        .map(|(file, above, what)| {
            let text = output(command(&portico).arg(what)).ok_or_else(|| format!("`portico {what}` failed"))?;
            Ok((*file, format!("{above}{text}\n")))
        })
        .collect()
}

/// Writes them.
#[expect(clippy::disallowed_methods, reason = "printing documents is what this command is for")]
pub fn write() -> Outcome {
    cargo(&["build", "--quiet", "--package", "portico-server"])?;
    for (file, text) in printed()? {
        std::fs::write(root().join(file), text).map_err(|e| format!("{file} cannot be written: {e}"))?;
        println!("{file}");
    }
    Ok(())
}

/// Whether they are up to date, by the program that the tests have just built.
pub fn check() -> Outcome {
    for (file, text) in printed()? {
        let stands = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        if stands.trim() != text.trim() {
            return Err(format!("{file} is out of date. Run `cargo xtask docs` and look at what changed."));
        }
    }
    Ok(())
}
