//! What the store promises, on both engines.

mod batches;
mod breaking_off;
mod pace;
mod promises;
mod rotas;

use std::collections::BTreeSet;

use portico_store::{EngineKind, queries, queries::work_item};
use portico_testkit::{World, databases::both};

#[tokio::test]
async fn every_statement_is_valid_on_both_engines_and_names_the_organisation() {
    for db in both() {
        let w = World::new().on(db).start().await;
        let mut conn = w.store.reader().await.unwrap();
        for (file, sql) in queries::all_statements() {
            conn.check_statement(sql).await.unwrap_or_else(|e| panic!("{file} on {}: {e}\n{sql}", w.engine()));
            let names_it = sql.contains("organisation_id") || sql.contains("INTO organisation ") || sql.contains("FROM organisation ");
            assert!(names_it, "{file}: a statement does not name the organisation:\n{sql}");
        }
    }
}

/// What a neutral column type is called by each engine.
fn own_word(kind: EngineKind, neutral: &str) -> &'static str {
    match (kind, neutral) {
        (EngineKind::Sqlite, "{id}" | "{bytes}") => "BLOB",
        (EngineKind::Sqlite, "{time}" | "{int}" | "{flag}") => "INTEGER",
        (EngineKind::Sqlite, _) => "TEXT",
        (EngineKind::Postgres, "{id}") => "uuid",
        (EngineKind::Postgres, "{bytes}") => "bytea",
        (EngineKind::Postgres, "{time}") => "timestamp with time zone",
        (EngineKind::Postgres, "{int}") => "bigint",
        (EngineKind::Postgres, "{flag}") => "boolean",
        (EngineKind::Postgres, _) => "text",
    }
}

#[tokio::test]
async fn both_schemas_have_the_same_columns_of_the_same_types() {
    type Column = (String, String, String, bool);
    for db in both() {
        let w = World::new().on(db).start().await;
        let kind = w.store.kind();
        let declared: BTreeSet<Column> = portico_store::schema_of()
            .into_iter()
            .map(|(t, c, neutral, missing)| (t, c, own_word(kind, &neutral).to_owned(), missing))
            .collect();
        assert!(declared.len() > 100);
        let sql = match kind {
            EngineKind::Sqlite => {
                "SELECT m.name AS table_name, p.name AS column_name, p.type AS type_name, CASE WHEN p.\"notnull\" = 0 THEN 'YES' ELSE 'NO' END AS missing \
                 FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
            }
            EngineKind::Postgres => {
                "SELECT table_name::text, column_name::text, data_type::text AS type_name, is_nullable::text AS missing FROM information_schema.columns WHERE table_schema = 'public'"
            }
        };
        let rows = w.store.reader().await.unwrap().rows(sql, &[]).await.unwrap();
        let text = |r: &portico_store::Row, c: &str| r.text(c).unwrap();
        let found: BTreeSet<Column> = rows
            .iter()
            .map(|r| (text(r, "table_name"), text(r, "column_name"), text(r, "type_name"), text(r, "missing") == "YES"))
            .filter(|(t, _, _, _)| t != "schema_migration")
            .collect();
        assert_eq!(found, declared, "{}", w.engine());
    }
}

#[test]
fn every_key_begins_with_the_organisation_and_every_column_has_its_comment_or_a_plain_name() {
    let text = include_str!("../../migrations/0001_front_door.sql");
    for line in text.lines().map(str::trim) {
        if line.starts_with("PRIMARY KEY (") || line.starts_with("CREATE INDEX") || line.starts_with("CREATE UNIQUE INDEX") {
            assert!(line.contains("(organisation_id"), "a key does not begin with the organisation: {line}");
        }
    }
}

#[tokio::test]
async fn audit_chain_shows_any_change() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").patient("Ada").start().await;
        w.patient("Ada").asks_online("Help").await;
        assert_eq!(w.store.verify_audit(w.organisation).await.unwrap().broken, None);
        let organisation = w.organisation;
        let tamper = |sql: &'static str| {
            let store = w.store.clone();
            async move {
                store
                    .write(organisation, None, move |tx: &mut portico_store::Tx| {
                        Box::pin(async move { Ok(tx.conn().execute(sql, &portico_store::args![organisation]).await?) })
                    })
                    .await
                    .unwrap()
            }
        };
        tamper("UPDATE event SET words = 'Nothing happened' WHERE organisation_id = $1 AND seq = 2").await;
        assert_eq!(w.store.verify_audit(organisation).await.unwrap().broken.unwrap(), "event 2 was changed after it was written");
        tamper("DELETE FROM event WHERE organisation_id = $1 AND seq = 2").await;
        assert_eq!(w.store.verify_audit(organisation).await.unwrap().broken.unwrap(), "event 2 is missing");
    }
}

#[tokio::test]
async fn events_that_are_missing_at_the_end_are_noticed() {
    for db in both() {
        let w = World::new().on(db).patient("Ada").start().await;
        let organisation = w.organisation;
        w.patient("Ada").asks_online("Help").await;
        w.store
            .write(organisation, None, move |tx: &mut portico_store::Tx| {
                Box::pin(async move {
                    let sql =
                        "DELETE FROM event WHERE organisation_id = $1 AND seq = (SELECT MAX(seq) FROM event WHERE organisation_id = $1)";
                    Ok(tx.conn().execute(sql, &portico_store::args![organisation]).await?)
                })
            })
            .await
            .unwrap();
        assert!(w.store.verify_audit(organisation).await.unwrap().broken.unwrap().contains("missing at the end"));
    }
}

#[tokio::test]
async fn organisations_never_see_each_other() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").patient("Ada").start().await;
        w.patient("Ada").asks_online("Help").await;
        let item = w.item_of("Ada").await;
        let ods = "B82002".parse().unwrap();
        let (other, _) =
            portico_server::set_up::organisation(&w.store, "Other practice", ods, "0113 496 0200", Some("other.test".into()), true)
                .await
                .unwrap();
        let mut conn = w.store.reader().await.unwrap();
        assert!(work_item::load(&mut conn, other, item.id).await.unwrap().is_none());
        assert!(queries::search::items(&mut conn, other, "Ada").await.unwrap().is_empty());
        assert!(queries::patient::page(&mut conn, other, 10).await.unwrap().is_empty());
        assert_eq!(work_item::ledger(&mut conn, other).await.unwrap().received, 0);
        let all = queries::event::recent(&mut conn, other, i64::MAX).await.unwrap();
        assert!(all.iter().all(|e| e.item.is_none()));
    }
}

#[tokio::test]
async fn the_desk_is_read_by_an_index_and_never_sorted() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("Help").await;
    w.store.analyse().await.unwrap();
    let mut conn = w.store.reader().await.unwrap();
    let me = w.staff_id("Sam");
    let filters = [
        work_item::Filter::default(),
        work_item::Filter { mine: Some(me), ..Default::default() },
        work_item::Filter { overdue: true, ..Default::default() },
        work_item::Filter { untriaged: true, ..Default::default() },
    ];
    for filter in filters {
        let (sql, values) = work_item::list_statement(w.organisation, &filter, w.store.now(), 51);
        let plan = conn.plan(&sql, &values).await.unwrap();
        assert!(plan.contains("USING INDEX work_item_") && !plan.contains("TEMP B-TREE"), "{filter:?}\n{plan}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_never_get_the_same_slot() {
    use portico_domain::{
        pathway::Pathway,
        staff::{Actor, Role},
    };
    use portico_store::{Failure, work};
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .coordinator("Lee")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .start()
            .await;
        for who in ["Ada", "Ben"] {
            w.patient(who).asks_online("Knee").await;
            w.staff("Sam").triages(who, "soon", "gp", "").await.is_done();
        }
        let (ada, ben) = (w.item_of("Ada").await.id, w.item_of("Ben").await.id);
        let practice = w.store.practice(w.organisation).await.unwrap();
        for slot in w.fresh_slots(Pathway::Gp, 10).await {
            let book = |item, name: &str| {
                let (store, organisation, practice) = (w.store.clone(), w.organisation, practice.clone());
                let actor = Actor::Staff { id: w.staff_id(name), role: Role::Coordinator, name: name.into() };
                tokio::spawn(async move {
                    store
                        .write(
                            organisation,
                            None,
                            work!(tx, [practice, actor] => work::book(tx, &practice, &actor, item, None, slot).await),
                        )
                        .await
                })
            };
            let (one, two) = tokio::join!(book(ada, "Sam"), book(ben, "Lee"));
            let results = [one.unwrap(), two.unwrap()];
            let winners = results.iter().filter(|r| r.is_ok()).count();
            assert_eq!(winners, 1, "{}", w.engine());
            let told = results.into_iter().find_map(Result::err).unwrap();
            assert!(matches!(&told, Failure::Refused(why) if why.starts_with("Somebody has just taken that slot")), "{told}");
        }
        w.nothing_is_lost().await;
    }
}
