//! Lists the content files, so that a new one needs no line of code.

use std::{env, fmt::Write as _, fs, path::PathBuf};

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
}
