//! The laws of the house: what must hold of the code itself.

use std::sync::Arc;

use portico_server::{Post, config::Config};
use portico_web::Access;

fn routes() -> portico_web::Routes {
    portico_server::routes(Arc::new(Post::new(&Config::default()).unwrap()))
}

#[test]
fn every_staff_route_declares_an_action_and_every_public_one_is_known() {
    let public: Vec<&str> = routes().declared().iter().filter(|r| r.access == Access::Public).map(|r| r.path).collect();
    let known = [
        "/",
        "/ask",
        "/ask/{page}",
        "/r/{link}",
        "/r/{link}/write",
        "/r/{link}/cancel",
        "/r/{link}/book",
        "/r/{link}/not-coming",
        "/invited/{link}",
        "/r/{link}/files",
        "/r/{link}/questions/{sent}",
        "/r/{link}/questions/{sent}/done",
        "/r/{link}/files/{file}",
        "/choose/{pass}",
        "/choose/{pass}/hold",
        "/choose/{pass}/details",
        "/choose/{pass}/book",
        "/choose/{pass}/done",
        "/choose/{pass}/give-up",
        "/choose/{pass}/decline",
        "/choose/{pass}/earlier",
        "/choose/{pass}/appointment.ics",
        "/sign-in",
        "/assets/{version}/{name}",
        "/health",
        "/logo.svg",
        "/help/accessibility",
        "/help/privacy",
    ];
    for path in public {
        assert!(known.contains(&path), "{path} is public; is that meant?");
    }
}

#[test]
fn every_duty_has_a_help_page() {
    assert_eq!(portico_duties::all().len(), portico_duties::declared(), "a duty.toml does not read");
    for duty in portico_duties::all() {
        assert!(duty.help.len() > 300, "{} has no help", duty.id);
        assert!(!duty.help.lines().any(|l| l.starts_with("# ")), "{}: the page gives the title; the help begins below it", duty.id);
        for page in &duty.pages {
            let known = routes().declared().iter().any(|r| r.path == page || same_shape(r.path, page));
            assert!(known, "{} names the page {page}, which is no route", duty.id);
        }
    }
}

/// Whether two paths differ only in what their parameters are called.
fn same_shape(a: &str, b: &str) -> bool {
    let parts = |p: &str| p.split('/').map(|s| if s.starts_with('{') { "{}".to_owned() } else { s.to_owned() }).collect::<Vec<_>>();
    parts(a) == parts(b)
}

#[test]
fn every_duty_has_the_story_that_it_names() {
    let told = [
        include_str!("asking.rs"),
        include_str!("booking.rs"),
        include_str!("deciding.rs"),
        include_str!("keeping.rs"),
        include_str!("letters.rs"),
        include_str!("planning.rs"),
        include_str!("procedures.rs"),
        include_str!("services.rs"),
        include_str!("reaching.rs"),
        include_str!("together.rs"),
        include_str!("ways_in.rs"),
    ]
    .concat();
    for duty in portico_duties::all() {
        assert!(told.contains(&format!("async fn {}()", duty.story)), "{} names the story {}, which is not told", duty.id, duty.story);
    }
}
