//! What pages rely on beyond the official options.

use maud::{Render, html};
use portico_nhsuk::*;

fn check(component: impl Render, says: &[&str]) {
    let html = component.render().into_string();
    for words in says {
        assert!(html.contains(words), "{words} is not in {html}");
    }
}

fn check_absent(component: impl Render, words: &str) {
    let html = component.render().into_string();
    assert!(!html.contains(words), "{words} is in {html}");
}

#[test]
fn text_is_escaped_and_markup_is_not() {
    check(InsetText::new("a < b"), &["<p>a &lt; b</p>"]);
    check(InsetText::new(html! { em { "soon" } }), &["<em>soon</em>"]);
    check(Input::new("q", "Q").value("\"><script>"), &["value=\"&quot;&gt;&lt;script&gt;\""]);
    check(Radios::new("r", "R").item("<", "<b>"), &["value=\"&lt;\"", "&lt;b&gt;"]);
    check(SummaryList::new().row("Name", "<i>"), &["&lt;i&gt;"]);
    check(Table::new("T").row(["<i>"]), &["&lt;i&gt;"]);
    check(Button::new("Go").link("/a\"b"), &["href=\"/a&quot;b\""]);
}

#[test]
fn a_header_shows_no_nhs_logo_unless_asked() {
    let header = || Header::new("Portico", "/").organisation("Hill Surgery");
    check_absent(header(), "nhsuk-header__logo\"");
    check(header(), &["Hill Surgery", "aria-label=\"Hill Surgery Portico homepage\""]);
    check(header().logo_image("/logo", "Hill"), &["src=\"/logo\"", "alt=\"Hill\""]);
}

#[test]
fn a_footer_claims_no_copyright_unless_told() {
    check_absent(Footer::new().link("/help", "Help"), "NHS England");
    check(Footer::new().copyright("© Hill Surgery"), &["© Hill Surgery"]);
}

#[test]
fn the_fields_of_a_date_are_named_after_it() {
    let date = DateInput::new("dob", "Date of birth").birth_date().value("1", "2", "1980").error(Some("Too late"));
    check(
        date,
        &[
            "name=\"dob-day\"",
            "name=\"dob-month\"",
            "name=\"dob-year\"",
            "id=\"dob-day\"",
            "autocomplete=\"bday-year\"",
            "value=\"1980\"",
            "aria-describedby=\"dob-error\"",
            ">Month</label>",
        ],
    );
}

#[test]
fn a_page_heading_is_the_h1() {
    check(Input::new("name", "Your name").page_heading(), &["<h1", "nhsuk-label--l"]);
    check(Radios::new("who", "Who is it?").page_heading(), &["<h1", "nhsuk-fieldset__legend--l"]);
}

#[test]
fn an_error_is_shown_only_when_there_is_one() {
    check_absent(Input::new("name", "Name").error(None::<String>), "error");
    check(Input::new("name", "Name").error(Some("Enter a name")), &["id=\"name-error\"", "nhsuk-input--error"]);
    assert!(ErrorSummary::new().is_empty());
    check(ErrorSummary::new().error("#name", "Enter a name"), &["There is a problem", "href=\"#name\""]);
}

#[test]
fn choices_are_checked_by_their_values() {
    check(Radios::new("r", "R").item("a", "A").item("b", "B").value(Some("b")), &["value=\"b\" checked"]);
    check_absent(Radios::new("r", "R").item("", "None").value(Some("")), "checked");
    let boxes = Checkboxes::new("c", "C").item("a", "A").divider("or").item_none("none", "None");
    check(boxes.values(&["a"]), &["value=\"a\" checked", "data-behaviour=\"exclusive\""]);
    check(Select::new("s", "S").option("x", "X").value(Some("x")), &["<option value=\"x\" selected>"]);
}

#[test]
fn a_value_that_starts_with_a_line_break_keeps_it() {
    check(Textarea::new("t", "T").value("\nword"), &[">\n\nword</textarea>"]);
}

#[test]
fn components_stand_in_cells() {
    check(Table::new("T").row([Content::from(Tag::new("Red").red()), "words".into()]), &["nhsuk-tag--red", "words"]);
    check(Table::new("T").head(["A", "B"]).row(["1", "2"]).visually_hidden_caption(), &["<th", "visually-hidden"]);
    check(
        SummaryList::new().row_action("Phone", "020", "/phone", "Change", "phone number"),
        &["Change<span class=\"nhsuk-u-visually-hidden\"> phone number</span>"],
    );
}
