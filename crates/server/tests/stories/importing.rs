//! Bringing requests in from files.

use std::path::{Path, PathBuf};

use portico_server::import;
use portico_store::queries::work_item;
use portico_testkit::{World, databases::both};

/// A file in a temporary folder, gone at the end.
struct TextFile(PathBuf);

impl TextFile {
    fn new(name: &str, text: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("portico-import-{}-{name}", std::process::id()));
        #[expect(clippy::disallowed_methods, reason = "a file in a temporary folder, for this test")]
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn import(w: &World, path: &Path, map: &[&str], dry_run: bool) -> import::Report {
    let map = import::mapping(&map.iter().map(|m| (*m).to_owned()).collect::<Vec<_>>()).unwrap();
    let rows = import::read(path, &map).unwrap();
    let practice = w.store.practice(w.organisation).await.unwrap();
    import::run(&w.store, practice, rows, dry_run, |_, _| {}).await.unwrap()
}

async fn received(w: &World) -> i64 {
    work_item::ledger(&mut w.store.reader().await.unwrap(), w.organisation).await.unwrap().received
}

const ROWS: &str = "ref,complaint,dob,when\n\
    1,\"Sore throat, and a cough\nfor a week\",1984-03-15,2026-01-04T20:00:00Z\n\
    2,,1984-03-15,\n\
    3,Rash,1984-13-45,\n\
    4,Too many,columns,here,now\n\
    5,Earache,,\n";
const MAP: [&str; 4] = ["id=ref", "text=complaint", "birth_date=dob", "received_at=when"];

#[tokio::test]
async fn import_reports_every_bad_row_and_is_safe_to_run_twice() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").start().await;
        let file = TextFile::new(&format!("twice-{}.csv", w.engine()), ROWS.as_bytes());
        for _ in 0..2 {
            let report = import(&w, &file.0, &MAP, false).await;
            assert_eq!((report.rows, report.taken), (5, 2));
            let wrong: Vec<&str> = report.wrong.iter().map(|(_, why)| why.as_str()).collect();
            assert_eq!(report.wrong.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [3, 4, 5]);
            assert!(wrong[0].contains("text: is empty") && wrong[1].contains("birth_date") && wrong[2].contains("columns"), "{wrong:?}");
            assert_eq!(received(&w).await, 2);
        }
        w.staff("Sam").opens("/desk").await.sees("Sore throat, and a cough for a week").sees("Earache");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let w = World::new().start().await;
    let file = TextFile::new("dry.csv", ROWS.as_bytes());
    let report = import(&w, &file.0, &MAP, true).await;
    assert_eq!((report.taken, report.wrong.len()), (2, 3));
    assert_eq!(received(&w).await, 0);
}

#[tokio::test]
async fn json_lines_are_read_and_a_wrong_file_is_refused_in_words() {
    let w = World::new().start().await;
    let file =
        TextFile::new("lines.jsonl", "{\"id\": 7, \"text\": \"caf\u{e9} \u{1f912} <b>&amp;</b>\"}\nnot json\n\n{\"id\": 8}\n".as_bytes());
    let report = import(&w, &file.0, &[], false).await;
    assert_eq!((report.taken, report.wrong.len()), (1, 2));
    let picture = TextFile::new("photo.csv", &[0x89, b'P', b'N', b'G', 0, 0, 1]);
    assert!(import::read(&picture.0, &Default::default()).unwrap_err().to_string().contains("is not a text file"));
    let columns = TextFile::new("columns.csv", b"a,b\n1,2\n");
    assert!(import::read(&columns.0, &Default::default()).unwrap_err().to_string().contains("the columns are: a, b"));
    assert!(import::mapping(&["words=x".into()]).unwrap_err().to_string().contains("the fields are: text"));
}

/// Texts of our own that have broken other people's programs.
const HARD: [&str; 8] = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE work_item; --",
    "{{ 7 * 7 }} {% include 'x' %} %s %n ${jndi:ldap://x}",
    "صداع شديد منذ يومين \u{202e}reversed\u{202c} 头痛 👩‍👩‍👧‍👦 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "line one\r\nline two\n\n\n\tindented\u{0}null",
    "=HYPERLINK(\"http://x\",\"click\")",
    "\u{feff}\u{200b}\u{200b}",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

#[tokio::test]
async fn hard_texts_go_the_whole_way_and_break_no_page() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").start().await;
        for text in HARD {
            w.patient("Ada").asks_online(text).await;
            let page = w.staff("Sam").opens_item_of("Ada").await.is_done();
            assert!(!page.html.contains("<script>alert") && !page.html.contains("<img src=x"), "what is typed is never markup");
            w.staff("Sam").does("Ada", "reply", &[("text", text)]).await.is_done();
        }
        assert_eq!(received(&w).await, HARD.len() as i64);
        w.work_in_the_background().await;
        w.staff("Sam").opens("/desk").await.is_done();
        w.nothing_is_lost().await;
    }
}

/// The folder of real texts, when this checkout has it beside it.
fn real_texts() -> Option<PathBuf> {
    let shared = std::env::var("PORTICO_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    Some(Path::new(&shared).join("data")).filter(|p| p.is_dir())
}

#[tokio::test]
async fn real_texts_go_the_whole_way_when_they_are_present() {
    let Some(data) = real_texts() else { return };
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    let rows = import::read(&data.join("primock57_dev.csv"), &import::mapping(&["text=presenting_complaint".into()]).unwrap()).unwrap();
    assert_eq!(rows.len(), 29);
    for (_, row) in rows {
        let text = row.unwrap()["text"].clone();
        w.patient("Ada").asks_online(&text).await.sees("Request sent");
        w.staff("Sam").opens_item_of("Ada").await.is_done();
        w.staff("Sam").triages("Ada", "soon", "gp", "").await.is_done();
        w.patient("Ada").opens_private_page().await.is_done();
        w.staff("Sam").does("Ada", "earlier", &[]).await.is_done();
        w.staff("Sam").does("Ada", "close", &[("outcome", "advice"), ("text", &text)]).await.is_done();
    }
    let report = import(&w, &data.join("healthbench_prompts.jsonl"), &["id=prompt_id", "text=prompt"], false).await;
    assert_eq!((report.taken, report.wrong.len()), (4943, 0), "{:?}", report.wrong.first());
    assert_eq!(received(&w).await, 29 + 4943);
    let mut next = Some("/desk".to_owned());
    let (mut pages, mut items) = (0, 0);
    while let Some(path) = next {
        let page = w.staff("Sam").opens(&path).await.is_done();
        let on_page = page.links("/items/");
        items += on_page.len();
        if let Some(item) = on_page.get(pages % on_page.len().max(1)) {
            w.staff("Sam").opens(item).await.is_done();
        }
        pages += 1;
        next = page.links("/desk?after=").into_iter().next();
    }
    assert_eq!((pages, items), (99, 4943), "every item is on a page of the desk, once");
    w.nothing_is_lost().await;
}
