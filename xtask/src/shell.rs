//! Running other programs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Done, or a sentence that says what to do.
pub type Outcome = Result<(), String>;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// A program of the workspace that has been built.
pub fn binary(profile: &str, name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join(profile).join(name)
}

/// A command that runs in the workspace.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Runs a command and shows what it prints.
pub fn run(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown} ended with {status}")),
        Err(error) => Err(format!("{shown} cannot be run: {error}")),
    }
}

/// Runs cargo.
pub fn cargo(arguments: &[&str]) -> Outcome {
    run(command(env!("CARGO")).args(arguments))
}

/// What a command prints, when it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program is on the path.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Whether we may install packages.
pub fn is_root() -> bool {
    output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// Installs Debian packages, or says which ones to install.
pub fn install(packages: &[&str], what_for: &str) -> Outcome {
    let list = packages.join(" ");
    let by_hand = format!("{what_for} needs these Debian packages: {list}\nInstall them with: sudo apt-get install {list}");
    if !is_root() || !has("apt-get") {
        return Err(by_hand);
    }
    eprintln!("Installing {list} ({what_for}) …");
    let quiet = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    if quiet(&["update", "-qq"]) && quiet(&arguments) {
        Ok(())
    } else {
        Err(format!("The packages could not be installed here.\n{by_hand}"))
    }
}
