//! Says plainly what to do when the style sheets and scripts have not been built.

fn main() {
    println!("cargo::rerun-if-changed=dist");
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/style.css.br");
    if !dist.exists() {
        println!("cargo::error=The style sheets and scripts are missing. Run `cargo xtask assets` once (it needs Node.js and npm).");
    }
}
