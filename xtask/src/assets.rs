//! Front-end packages, and the style sheets and scripts that are built from them.

use std::path::Path;

use crate::shell::{Outcome, command, has, install, root, run};

/// Fetches the packages when the lock file is newer than they are, then builds.
pub fn build() -> Outcome {
    if !has("node") || !has("npm") {
        install(&["nodejs", "npm"], "Building style sheets and scripts")?;
    }
    let assets = root().join("assets");
    if is_older(&assets.join("node_modules/.package-lock.json"), &assets.join("package-lock.json")) {
        run(command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&assets))?;
    }
    run(command("node").arg("assets/build.mjs").stdout(std::process::Stdio::null()))
}

fn is_older(made: &Path, from: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    match (changed(made), changed(from)) {
        (Some(made), Some(from)) => made < from,
        _ => true,
    }
}
