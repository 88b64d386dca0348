use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::{Attributes, ErrorMessage, Fieldset, Hint, Label};

/// The box around a field, its label, hint and error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FormGroup {
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
    /// What stands before the field, or before the fields of a group.
    #[serde(alias = "beforeInputs")]
    pub before_input: Option<Slot>,
    /// What stands after the field, or after the fields of a group.
    #[serde(alias = "afterInputs")]
    pub after_input: Option<Slot>,
}

impl FormGroup {
    pub(crate) fn before(&self) -> Option<Markup> {
        self.before_input.as_ref().and_then(Slot::inner)
    }

    pub(crate) fn after(&self) -> Option<Markup> {
        self.after_input.as_ref().and_then(Slot::inner)
    }

    pub(crate) fn render_around(&self, has_error: bool, inner: impl Render) -> Markup {
        let classes = Classes::new("nhsuk-form-group").when(has_error, "nhsuk-form-group--error").also(self.classes.as_deref());
        Element::new("div").attr("class", classes).attributes(&self.attributes).holding(inner)
    }

    /// A group of fields, in its fieldset when it has one.
    pub(crate) fn render_fieldset(
        &self,
        has_error: bool,
        fieldset: Option<&Fieldset>,
        described_by: &DescribedBy,
        inner: &Markup,
    ) -> Markup {
        match fieldset {
            Some(fieldset) => self.render_around(has_error, fieldset.render_around(inner, described_by.ids())),
            None => self.render_around(has_error, inner),
        }
    }
}

/// Text or markup beside a field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Slot {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Extra classes, where the slot has an element.
    pub classes: Option<String>,
    /// Extra attributes, where the slot has an element.
    pub attributes: Attributes,
}

impl Slot {
    pub(crate) fn inner(&self) -> Option<Markup> {
        html_or_text(self.html.as_deref(), self.text.as_deref())
    }

    pub(crate) fn html(html: Markup) -> Self {
        Self { html: Some(html.0), ..Self::default() }
    }
}

impl From<String> for Slot {
    fn from(text: String) -> Self {
        Self { text: Some(text), ..Self::default() }
    }
}

/// The ids that a field names in `aria-describedby`.
pub(crate) struct DescribedBy(String);

impl DescribedBy {
    pub(crate) fn ids(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|ids| !ids.is_empty())
    }

    fn push(&mut self, id: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(id);
    }
}

/// The hint and the error of a field, and the ids that describe the field.
pub(crate) fn hint_and_error(
    id: &str,
    described_by: Option<&str>,
    hint: Option<&Hint>,
    error: Option<&ErrorMessage>,
) -> (DescribedBy, Markup) {
    let mut ids = DescribedBy(described_by.unwrap_or_default().to_owned());
    let hint = hint.filter(|hint| hint.has_content()).map(|hint| {
        let hint_id = hint.id.clone().unwrap_or_else(|| format!("{id}-hint"));
        ids.push(&hint_id);
        hint.render_in(&hint_id, "")
    });
    let error = error.filter(|error| error.has_content()).map(|error| {
        let error_id = error.id.clone().unwrap_or_else(|| format!("{id}-error"));
        ids.push(&error_id);
        error.render_in(&error_id)
    });
    (ids, html! { @if let Some(hint) = hint { (hint) } @if let Some(error) = error { (error) } })
}

/// What stands above every labelled field: its label, hint and error.
pub(crate) struct FieldHead<'a> {
    pub(crate) id: &'a str,
    pub(crate) label: Option<&'a Label>,
    pub(crate) hint: Option<&'a Hint>,
    pub(crate) error: Option<&'a ErrorMessage>,
    pub(crate) described_by: Option<&'a str>,
}

impl FieldHead<'_> {
    pub(crate) fn render(self) -> (DescribedBy, Markup) {
        let (described_by, messages) = hint_and_error(self.id, self.described_by, self.hint, self.error);
        let label = self.label.map(|label| label.render_for(Some(self.id), "")).unwrap_or_default();
        (described_by, html! { (label) (messages) })
    }
}
