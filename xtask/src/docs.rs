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

/// Documents with tables that a command prints: what stands between `<!-- portico … -->` and `<!-- end -->`.
const WITH_TABLES: &[&str] = &["docs/triage-evaluation.md"];

fn printed() -> Result<Vec<(&'static str, String)>, String> {
    let portico = binary("debug", "portico");
    let said = |words: &[&str]| {
        output(command(&portico).current_dir(root()).args(words)).ok_or_else(|| format!("`portico {}` failed", words.join(" ")))
    };
    let mut all = Vec::new();
    for (file, above, what) in PRINTED {
        all.push((*file, format!("{above}{}\n", said(&[what])?)));
    }
    for file in WITH_TABLES {
        let stands = std::fs::read_to_string(root().join(file)).map_err(|e| format!("{file} does not open: {e}"))?;
        all.push((*file, with_tables(&stands, said)?));
    }
    Ok(all)
}

/// The text with each table printed anew.
fn with_tables(text: &str, said: impl Fn(&[&str]) -> Result<String, String>) -> Result<String, String> {
    const BEGIN: &str = "<!-- portico ";
    const END: &str = "<!-- end -->";
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (asked, after) = after.split_once(" -->").ok_or("a table's first mark does not end")?;
        let (_, after) = after.split_once(END).ok_or("a table has no last mark")?;
        let words: Vec<&str> = asked.split_whitespace().collect();
        out.push_str(&format!("{before}{BEGIN}{asked} -->\n\n{}\n\n{END}", said(&words)?.trim()));
        rest = after;
    }
    Ok(out + rest)
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
