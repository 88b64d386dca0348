//! What the figures were measured on.

use std::{path::Path, process::Command};

fn said(program: &str, words: &[&str]) -> String {
    let answer = Command::new(program).args(words).output();
    answer.map(|a| String::from_utf8_lossy(&a.stdout).trim().to_owned()).unwrap_or_default()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The value of a `name : value` line.
fn line(text: &str, name: &str) -> String {
    let found = text.lines().find_map(|l| l.split_once(':').filter(|(n, _)| n.trim() == name));
    found.map(|(_, v)| v.trim().to_owned()).unwrap_or_else(|| "unknown".into())
}

/// Machine, system, compiler and commit, as lines of a table.
pub fn describe(folder: &Path) -> Vec<(&'static str, String)> {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kib: u64 = line(&read("/proc/meminfo"), "MemTotal").split(' ').next().and_then(|k| k.parse().ok()).unwrap_or(0);
    let dirty = if said("git", &["status", "--porcelain"]).is_empty() { "" } else { " with uncommitted changes" };
    vec![
        ("Processor", format!("{}, {cores} cores", line(&read("/proc/cpuinfo"), "model name"))),
        ("Memory", format!("{:.1} GiB", kib as f64 / (1024.0 * 1024.0))),
        ("Disk", said("findmnt", &["-no", "SOURCE,FSTYPE", "-T", &folder.to_string_lossy()])),
        ("Kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
        ("Compiler", said("rustc", &["--version"])),
        ("Commit", format!("{}{dirty}", said("git", &["rev-parse", "--short=12", "HEAD"]))),
        ("Other load at the start", read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned()),
    ]
}
