use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::element::{Classes, Element};
use crate::form_group::FieldHead;
use crate::options::{common_methods, field_methods, scalar, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, FormGroup, Hint, Label};

/// A field for several lines of text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Textarea {
    /// Id; the name when not said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// Whether the browser checks spelling.
    pub spellcheck: Option<bool>,
    /// Rows of text shown, 5 unless said.
    #[serde(deserialize_with = "scalar")]
    pub rows: Option<String>,
    /// What is filled in already.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// Whether the field is disabled.
    pub disabled: Option<bool>,
    /// Ids that describe the field, besides its hint and error.
    pub described_by: Option<String>,
    /// The label.
    #[serde(deserialize_with = "text_or_mapping")]
    pub label: Option<Label>,
    /// The hint.
    #[serde(deserialize_with = "text_or_mapping")]
    pub hint: Option<Hint>,
    /// The error.
    #[serde(deserialize_with = "text_or_mapping")]
    pub error_message: Option<ErrorMessage>,
    /// The box around the field.
    pub form_group: FormGroup,
    /// What the browser may fill in.
    pub autocomplete: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Textarea);
field_methods!(Textarea);

impl Textarea {
    /// A field of this name, with this label.
    pub fn new(name: impl Into<String>, label: impl Into<Content>) -> Self {
        Self { name: name.into(), label: Some(Label::new(label)), ..Self::default() }
    }

    /// Fills in a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Sets how many rows are shown.
    #[must_use]
    pub fn rows(mut self, rows: u16) -> Self {
        self.rows = Some(rows.to_string());
        self
    }

    /// Says what the browser may fill in.
    #[must_use]
    pub fn autocomplete(mut self, autocomplete: impl Into<String>) -> Self {
        self.autocomplete = Some(autocomplete.into());
        self
    }

    /// Says whether the browser checks spelling.
    #[must_use]
    pub fn spellcheck(mut self, spellcheck: bool) -> Self {
        self.spellcheck = Some(spellcheck);
        self
    }
}

impl Render for Textarea {
    fn render(&self) -> Markup {
        let id = self.id.as_deref().unwrap_or(&self.name);
        let has_error = self.error_message.is_some();
        let (described_by, head) = FieldHead {
            id,
            label: self.label.as_ref(),
            hint: self.hint.as_ref(),
            error: self.error_message.as_ref(),
            described_by: self.described_by.as_deref(),
        }
        .render();
        let classes = Classes::new("nhsuk-textarea").when(has_error, "nhsuk-textarea--error").also(self.classes.as_deref());
        let value = self.value.as_deref().unwrap_or_default();
        // A browser drops the first line break of a textarea, so a value that starts with one
        // gets another.
        let kept = if value.starts_with('\n') { format!("\n{value}") } else { value.to_owned() };
        let textarea = Element::new("textarea")
            .attr("class", classes)
            .attr("id", id)
            .attr("name", &self.name)
            .attr("rows", self.rows.as_deref().unwrap_or("5"))
            .maybe("spellcheck", self.spellcheck)
            .flag("disabled", self.disabled == Some(true))
            .maybe("aria-describedby", described_by.ids())
            .maybe("autocomplete", self.autocomplete.as_deref())
            .attributes(&self.attributes)
            .holding(kept);
        let parts = [self.form_group.before(), Some(textarea), self.form_group.after()];
        self.form_group.render_around(has_error, html! { (head) @for part in parts.into_iter().flatten() { (part) } })
    }
}
