//! Lists the content files, so that a new one needs no line of code, and names the engine's own code by its digest: who
//! signs for a rule set signs for how it is read.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

#[expect(clippy::disallowed_methods, reason = "a build script writes its output")]
fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("content");
    let mut files = Vec::new();
    for folder in [root.clone(), root.join("lexicon"), root.join("rules")] {
        println!("cargo::rerun-if-changed={}", folder.display());
        for entry in fs::read_dir(&folder).expect("the content folder").flatten() {
            if entry.path().extension().is_some_and(|e| e == "toml") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.to_string_lossy()).expect("a string");
    }
    list.push(']');
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo")).join("content.rs");
    fs::write(out, list).expect("writable");
    println!("cargo::rustc-env=TRIAGE_ENGINE={:016x}", digest(&root.with_file_name("src")));
}

/// FNV-1a of every source file, in the order of their names.
fn digest(folder: &Path) -> u64 {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("the source folder").flatten().map(|e| e.path()).collect();
    paths.sort();
    paths.iter().fold(0xcbf2_9ce4_8422_2325, |sum, path| {
        let octets = if path.is_dir() { digest(path).to_le_bytes().to_vec() } else { fs::read(path).expect("readable") };
        octets.iter().fold(sum, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3))
    })
}
