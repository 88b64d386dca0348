//! For who writes content: checks a content folder, explains a text, evaluates vignettes, all without compiling.
//!
//! `workbench FOLDER check [WORD]` · `workbench FOLDER explain "TEXT" [AGE] [SEX]` · `workbench FOLDER evaluate FILE.csv…`
//! · `workbench FOLDER time FILE.csv` · `workbench FOLDER protect WORDS.txt`

use std::{env, fs, path::Path};

use portico_domain::triage::Urgency;
use portico_triage::{Engine, Judged, Request, age_days, judge};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let files = read(Path::new(&arguments[0]));
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (engine, faults) = Engine::lenient(&borrowed);
    let rest = &arguments[2..];
    match arguments[1].as_str() {
        "check" => {
            let matching = |s: &&String| rest.is_empty() || rest.iter().any(|w| s.contains(w.as_str()));
            let failing = engine.failing_cases();
            faults.iter().filter(matching).chain(failing.iter().filter(matching)).for_each(|f| println!("{f}"));
            let c = engine.content();
            println!(
                "{} concepts, {} phrasings, {} rules; {} faults and {} failing cases in all",
                c.concepts.len(),
                c.phrasings(),
                c.rules.len(),
                faults.len(),
                failing.len()
            );
        }
        "explain" => {
            let mut request = Request::new(rest[0].clone());
            request.age_days = rest.get(1).and_then(|a| age_days(a).ok());
            request.sex = rest.get(2).and_then(|s| s.chars().next());
            let a = engine.advise(&request);
            println!(
                "{} unsure={} pathways={:?}",
                a.urgency.code(),
                a.unsure,
                a.pathways.iter().map(|p| p.pathway.code()).collect::<Vec<_>>()
            );
            a.findings.iter().for_each(|f| println!("  {} {:?}: “{}”", f.concept, f.status, f.words));
            a.rules.iter().for_each(|r| println!("  rule {} → {}", r.rule, r.urgency.code()));
            a.questions.iter().for_each(|q| println!("  ask {} → {}", q.concept, q.would_be.code()));
        }
        "evaluate" => evaluate(&engine, rest),
        "time" => time(&engine, &rest[0]),
        "protect" => protect(&files, &rest[0]),
        other => println!("{other}?"),
    }
}

fn read(folder: &Path) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for sub in ["", "lexicon", "rules"] {
        for entry in fs::read_dir(folder.join(sub)).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|e| e == "toml") {
                out.push((entry.path().display().to_string(), fs::read_to_string(entry.path()).unwrap_or_default()));
            }
        }
    }
    out.sort();
    out
}

fn evaluate(engine: &Engine, files: &[String]) {
    let quiet = files.iter().any(|f| f == "--quiet");
    let mut all = Vec::new();
    for file in files.iter().filter(|f| !f.starts_with("--")) {
        let mut reader = csv::Reader::from_path(file).expect("a CSV file");
        let headers = reader.headers().expect("a header").clone();
        for row in reader.records().flatten() {
            let get = |name: &str| headers.iter().position(|h| h == name).and_then(|i| row.get(i)).unwrap_or("").trim().to_owned();
            let request = Request {
                text: get("text"),
                age_days: age_days(&get("age")).ok(),
                sex: get("sex").chars().next(),
                pregnant: Some(get("pregnant")).filter(|p| !p.is_empty()).map(|p| p == "yes"),
                known: get("known").split(';').filter(|k| !k.is_empty()).map(str::to_owned).collect(),
                ..Request::default()
            };
            let Ok(gold) = get("gold").parse::<Urgency>() else { continue };
            let a = engine.advise(&request);
            let bad = (gold == Urgency::Emergency) != (a.urgency == Urgency::Emergency);
            let wide = gold.code() != a.urgency.code();
            if !quiet && (bad || wide && files.iter().any(|f| f == "--all")) {
                println!(
                    "{} [{}] gold {} advised {}{}\n  {}\n  rules: {}\n  found: {}",
                    get("id"),
                    get("trap"),
                    gold.code(),
                    a.urgency.code(),
                    if a.unsure { " unsure" } else { "" },
                    request.text,
                    a.rules.iter().map(|r| r.rule.as_str()).collect::<Vec<_>>().join(" "),
                    a.findings.iter().map(|f| format!("{} {:?}", f.concept, f.status)).collect::<Vec<_>>().join(", ")
                );
            }
            all.push(Judged { id: get("id"), trap: get("trap"), gold, advised: a.urgency, unsure: a.unsure });
        }
    }
    let e = judge(&all);
    for (i, row) in e.confusion.iter().enumerate() {
        println!("{:>22} {row:?}", Urgency::ALL[i].code());
    }
    println!(
        "sensitivity {:.3} ({}/{}), false emergencies {:.3} ({}/{}), of harmless {:.3} ({}/{}), to self-care {}, under {:.3}, over {:.3}, exact {:.3}, unsure {:.3}",
        e.sensitivity.share(),
        e.sensitivity.hits,
        e.sensitivity.of,
        e.false_emergencies.share(),
        e.false_emergencies.hits,
        e.false_emergencies.of,
        e.false_emergencies_of_harmless.share(),
        e.false_emergencies_of_harmless.hits,
        e.false_emergencies_of_harmless.of,
        e.emergencies_to_self_care,
        e.under.share(),
        e.over.share(),
        e.exact.share(),
        e.unsure.share()
    );
}

/// How long the texts of a file take to read, one by one, on one core.
fn time(engine: &Engine, file: &str) {
    let mut reader = csv::Reader::from_path(file).expect("a CSV file");
    let at = reader
        .headers()
        .expect("a header")
        .iter()
        .position(|h| h == "text" || h == "prompt" || h == "presenting_complaint")
        .expect("a column of texts");
    let texts: Vec<String> = reader.records().flatten().map(|r| r.get(at).unwrap_or_default().to_owned()).collect();
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..5 {
        for text in &texts {
            let began = std::time::Instant::now();
            std::hint::black_box(engine.advise(&Request::new(text.clone())));
            times.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{} readings: p50 {:.0} µs, p99 {:.0} µs, longest {:.0} µs", times.len(), at(0.5), at(0.99), at(1.0));
}

/// The words of a list that spelling repair would change: these and no others need protection.
fn protect(files: &[(String, String)], list: &str) {
    let bare: Vec<(&str, &str)> =
        files.iter().filter(|(n, _)| !n.ends_with("protected.toml")).map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (engine, _) = Engine::lenient(&bare);
    let words = fs::read_to_string(list).expect("a list of words");
    let mut kept: Vec<&str> = words
        .lines()
        .filter(|w| w.len() >= 4 && w.bytes().all(|b| b.is_ascii_lowercase()) && engine.content().speller.would_change(w))
        .collect();
    kept.sort_unstable();
    kept.dedup();
    println!("# English words that spelling repair would take for a word of the lexicon, and that it leaves alone.\nprotected = [");
    for line in kept.chunks(12) {
        println!("  {}", line.iter().map(|w| format!("\"{w}\",")).collect::<Vec<_>>().join(" "));
    }
    println!("]");
}
