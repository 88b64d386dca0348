//! Every component renders what the official macro renders, for the official fixtures.

#[path = "dom/mod.rs"]
mod dom;
#[path = "fixtures/mod.rs"]
mod fixtures;
#[path = "pages/mod.rs"]
mod pages;

use maud::Render;
use portico_nhsuk as nhsuk;
use serde::de::DeserializeOwned;
use serde_json::Value;

use fixtures::{Fixture, NotSupported};

/// How our component renders the options of a fixture, or why it cannot.
fn rendered<T: DeserializeOwned + Render>(options: &Value) -> Result<String, String> {
    serde_json::from_value::<T>(options.clone())
        .map(|component| component.render().into_string())
        .map_err(|error| format!("our struct does not read its options: {error}"))
}

/// A header with the drawing of the logo as the npm package has it; we ship none.
fn header(options: &Value) -> Result<String, String> {
    let template = fixtures::text_of("header/template.njk");
    let drawing = template.split("<path fill=\"currentcolor\" d=\"").nth(1).and_then(|rest| rest.split('"').next());
    let mut header: nhsuk::Header =
        serde_json::from_value(options.clone()).map_err(|error| format!("our struct does not read its options: {error}"))?;
    header.logo.path = drawing.map(str::to_owned);
    Ok(header.render().into_string())
}

type Renderer = fn(&Value) -> Result<String, String>;

const COMPONENTS: &[(&str, Renderer)] = &[
    ("action-link", rendered::<nhsuk::ActionLink>),
    ("back-link", rendered::<nhsuk::BackLink>),
    ("breadcrumb", rendered::<nhsuk::Breadcrumb>),
    ("button", rendered::<nhsuk::Button>),
    ("card", rendered::<nhsuk::Card>),
    ("character-count", rendered::<nhsuk::CharacterCount>),
    ("checkboxes", rendered::<nhsuk::Checkboxes>),
    ("contents-list", rendered::<nhsuk::ContentsList>),
    ("date-input", rendered::<nhsuk::DateInput>),
    ("details", rendered::<nhsuk::Details>),
    ("do-dont-list", rendered::<nhsuk::DoDontList>),
    ("error-message", rendered::<nhsuk::ErrorMessage>),
    ("error-summary", rendered::<nhsuk::ErrorSummary>),
    ("fieldset", rendered::<nhsuk::Fieldset>),
    ("file-upload", rendered::<nhsuk::FileUpload>),
    ("footer", rendered::<nhsuk::Footer>),
    ("header", header),
    ("heading", rendered::<nhsuk::Heading>),
    ("hint", rendered::<nhsuk::Hint>),
    ("input", rendered::<nhsuk::Input>),
    ("inset-text", rendered::<nhsuk::InsetText>),
    ("label", rendered::<nhsuk::Label>),
    ("legend", rendered::<nhsuk::Legend>),
    ("notification-banner", rendered::<nhsuk::NotificationBanner>),
    ("pagination", rendered::<nhsuk::Pagination>),
    ("panel", rendered::<nhsuk::Panel>),
    ("password-input", rendered::<nhsuk::PasswordInput>),
    ("radios", rendered::<nhsuk::Radios>),
    ("search-input", rendered::<nhsuk::SearchInput>),
    ("select", rendered::<nhsuk::Select>),
    ("skip-link", rendered::<nhsuk::SkipLink>),
    ("summary-list", rendered::<nhsuk::SummaryList>),
    ("tables", rendered::<nhsuk::Table>),
    ("tabs", rendered::<nhsuk::Tabs>),
    ("tag", rendered::<nhsuk::Tag>),
    ("task-list", rendered::<nhsuk::TaskList>),
    ("textarea", rendered::<nhsuk::Textarea>),
    ("warning-callout", rendered::<nhsuk::WarningCallout>),
];

/// Where our html differs from the official html, if it does.
fn difference(fixture: &Fixture, renderer: Renderer) -> Option<String> {
    match renderer(&fixture.options) {
        Ok(ours) => dom::difference(&ours, &fixture.html),
        Err(reason) => Some(reason),
    }
}

#[test]
fn every_component_renders_the_official_fixtures() {
    let not_supported = NotSupported::read();
    let mut problems = Vec::new();
    let mut known = Vec::new();
    println!("{:<22}{:>8}{:>8}{:>15}", "component", "fixtures", "matched", "not supported");
    for (component, renderer) in COMPONENTS {
        let fixtures = fixtures::of(component);
        let (mut matched, mut listed) = (0, 0);
        for fixture in &fixtures {
            known.push((component.to_string(), fixture.name.clone()));
            match (difference(fixture, *renderer), not_supported.has(component, &fixture.name)) {
                (None, false) => matched += 1,
                (Some(_), true) => listed += 1,
                (None, true) => problems.push(format!("{component}: {:?} matches; take it off the list.", fixture.name)),
                (Some(difference), false) => {
                    problems.push(format!("{component}: {:?} differs: {difference}", fixture.name));
                }
            }
        }
        println!("{component:<22}{:>8}{matched:>8}{listed:>15}", fixtures.len());
    }
    for (component, name) in not_supported.names() {
        if !known.contains(&(component.clone(), name.clone())) {
            problems.push(format!("{component}: the list names {name:?}, which is no fixture."));
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
