//! Sizes, arrows between crates, hazards and their tests.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::shell::{Outcome, root};

/// What each crate may depend on; the arrows of ARCHITECTURE.md. Development dependencies are free.
const ARROWS: &[(&str, &[&str])] = &[
    ("nhs", &[]),
    ("domain", &["nhs"]),
    ("triage", &["domain"]),
    ("store", &["nhs", "domain"]),
    ("interop", &["nhs", "domain"]),
    ("files", &[]),
    ("letters", &[]),
    ("nhsuk", &[]),
    ("web", &["nhs", "domain", "store", "nhsuk", "files"]),
    ("duties", &["nhs", "domain", "triage", "store", "nhsuk", "web", "files", "letters"]),
    ("server", &["nhs", "domain", "triage", "store", "interop", "web", "duties", "files"]),
    ("testkit", &["nhs", "domain", "store", "interop", "web", "server"]),
    ("bench", &["nhs", "domain", "triage", "store", "interop", "web", "duties", "server", "testkit"]),
];
/// A file longer than this asks for a second look.
const FILE_LINES: usize = 500;
/// A function longer than this asks for a second look.
const FUNCTION_LINES: usize = 70;

/// Prints the outliers and checks the laws.
pub fn report() -> Outcome {
    let mut files: Vec<(PathBuf, usize)> = sources()
        .into_iter()
        .map(|p| {
            let n = code(&p).lines().count();
            (p, n)
        })
        .collect();
    files.sort_by_key(|(_, n)| *n);
    let median = files.get(files.len() / 2).map_or(0, |(_, n)| *n);
    println!("{} source files, median {median} lines", files.len());
    for (path, lines) in files.iter().rev().filter(|(_, n)| *n > FILE_LINES) {
        println!("  {lines} lines: {}", path.display());
    }
    for (path, name, lines) in long_functions() {
        println!("  {lines} lines: fn {name} in {}", path.display());
    }
    check()
}

/// The laws that are checked at every test.
pub fn check() -> Outcome {
    arrows()?;
    hazards()
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&root().join("crates"), &mut found);
    walk(&root().join("xtask"), &mut found);
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// A file without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// Functions by the indentation of their first and last line.
fn long_functions() -> Vec<(PathBuf, String, usize)> {
    let mut long = Vec::new();
    for path in sources() {
        let text = code(&path);
        let lines: Vec<&str> = text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let Some(name) = line
                .split("fn ")
                .nth(1)
                .and_then(|r| r.split(['(', '<']).next())
                .filter(|_| line.trim_end().ends_with('{') && !line.trim_start().starts_with("//"))
            else {
                continue;
            };
            let indent = line.len() - line.trim_start().len();
            let end = lines[start..].iter().position(|l| l.len() - l.trim_start().len() == indent && l.trim() == "}").unwrap_or(0);
            if end > FUNCTION_LINES {
                long.push((path.clone(), name.to_owned(), end));
            }
        }
    }
    long
}

/// Compares every Cargo.toml with the table of arrows.
fn arrows() -> Outcome {
    for (name, may) in ARROWS {
        let manifest = root().join("crates").join(name).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(|e| format!("{} cannot be read: {e}", manifest.display()))?;
        let dependencies = text.split("[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default();
        for line in dependencies.lines().filter_map(|l| l.trim().strip_prefix("portico-")) {
            let to = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if !may.contains(&to) {
                return Err(format!("{name} depends on {to}, which the arrows in xtask/src/tidy.rs do not allow"));
            }
        }
    }
    let crates: BTreeSet<String> =
        fs::read_dir(root().join("crates")).into_iter().flatten().flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let known: BTreeSet<String> = ARROWS.iter().map(|(n, _)| (*n).to_owned()).collect();
    if crates == known {
        Ok(())
    } else {
        Err(format!("crates without arrows, or arrows without crates: {:?}", crates.symmetric_difference(&known).collect::<Vec<_>>()))
    }
}

/// Every control of the hazard log that names a test names one that exists.
fn hazards() -> Outcome {
    let log =
        fs::read_to_string(root().join("docs/safety/hazards.toml")).map_err(|e| format!("docs/safety/hazards.toml cannot be read: {e}"))?;
    let tests: String = sources().iter().map(|p| fs::read_to_string(p).unwrap_or_default()).collect();
    let named: BTreeSet<&str> = log.split("test = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let missing: Vec<&str> = named.iter().copied().filter(|t| !tests.contains(&format!("fn {t}("))).collect();
    if named.len() < 15 {
        return Err(format!("the hazard log names only {} tests", named.len()));
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("the hazard log names tests that do not exist: {}", missing.join(", "))) }
}
