//! What a patient's pages weigh on the wire.

use std::collections::BTreeSet;

use anyhow::Context;

use crate::{client::Browser, data, program::Program, report::Report};

/// Goes through the patient's journey as a browser does that unpacks brotli and keeps what it may keep.
pub async fn measure(report: &mut Report, program: &Program) -> anyhow::Result<()> {
    let mut browser = Browser::new(program.address);
    browser.accept_encoding = "gzip, br";
    let page = browser.get("/").await?;
    let document = page.wire_octets;
    // The same page in plain text says which files it needs.
    let plain = Browser::new(program.address).get("/").await?.text();
    let mut files = 0;
    let mut wanted: Vec<String> = attributes(&plain, "href=\"/assets/").into_iter().chain(attributes(&plain, "src=\"/assets/")).collect();
    let mut seen = BTreeSet::new();
    while let Some(path) = wanted.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let file = browser.get(&path).await?;
        anyhow::ensure!(file.status == 200 && file.header("content-encoding").is_some(), "{path} is not packed");
        files += file.wire_octets;
        let text = Browser::new(program.address).get(&path).await?.text();
        let (folder, _) = path.rsplit_once('/').context("a file in a folder")?;
        wanted.extend(text.split("from \"./").skip(1).filter_map(|t| t.split('"').next()).map(|name| format!("{folder}/{name}")));
    }
    let first = document + files;
    report.goal(
        "Patient's first page over the wire: document, style sheet and scripts, with headers",
        format!("{:.1} KB ({:.1} KB document, {:.1} KB files)", kb(first), kb(document), kb(files)),
        "≤ 60 KB",
        first <= 60_000,
    );
    let mut heaviest = (0, String::new());
    let mut weigh = |path: String, octets: usize| {
        if octets > heaviest.0 {
            heaviest = (octets, path);
        }
    };
    let opened = browser.get("/ask").await?;
    weigh("/ask".into(), opened.wire_octets);
    let answers = data::answers(1);
    let mut at = "emergency".to_owned();
    for n in 0..20 {
        let key = format!("weighed page {n}");
        let mut fields: Vec<(&str, &str)> =
            answers.0.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k.as_str(), v.as_str())).collect();
        fields.push(("_key", &key));
        let sent = browser.post(&format!("/ask/{at}"), &fields).await?;
        let shown = browser.get(sent.location()).await?;
        anyhow::ensure!(shown.status == 200, "{} answered {}", sent.location(), shown.status);
        weigh(sent.location().to_owned(), sent.wire_octets + shown.wire_octets);
        at = sent.location().trim_start_matches("/ask/").to_owned();
        if at == "done" {
            break;
        }
    }
    anyhow::ensure!(at == "done", "the journey ended at {at}");
    report.goal(
        "Patient's heaviest page after that, with the form that leads to it",
        format!("{:.1} KB (`{}`)", kb(heaviest.0), heaviest.1),
        "≤ 10 KB",
        heaviest.0 <= 10_000,
    );
    Ok(())
}

fn kb(octets: usize) -> f64 {
    octets as f64 / 1000.0
}

/// The values of attributes that begin like this.
fn attributes(page: &str, begin: &str) -> Vec<String> {
    page.split(begin).skip(1).filter_map(|after| after.split('"').next()).map(|path| format!("/assets/{path}")).collect()
}
