use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::attributes::Plurals;
use crate::form_group::Slot;
use crate::options::{common_methods, field_methods, scalar, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, FormGroup, Hint, Label, Textarea};

/// A textarea that says how many characters or words are left.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CharacterCount {
    /// Id; the name when not said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// Rows of text shown, 5 unless said.
    #[serde(deserialize_with = "scalar")]
    pub rows: Option<String>,
    /// What is filled in already.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// Most characters allowed.
    #[serde(deserialize_with = "scalar")]
    pub maxlength: Option<String>,
    /// Most words allowed.
    #[serde(deserialize_with = "scalar")]
    pub maxwords: Option<String>,
    /// Percent of the limit from which the count is shown.
    #[serde(deserialize_with = "scalar")]
    pub threshold: Option<String>,
    /// `words` or `characters`.
    pub count_type: Option<String>,
    /// Whether the field is disabled.
    pub disabled: Option<bool>,
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
    /// Extra classes of the count.
    pub count_message: Slot,
    /// Whether the browser checks spelling.
    pub spellcheck: Option<bool>,
    /// What the browser may fill in.
    pub autocomplete: Option<String>,
    /// The limit in words, where `%{count}` stands for the number.
    pub textarea_description_text: Option<String>,
    /// The message under the limit, by plural rule.
    pub characters_under_limit_text: Plurals,
    /// The message at the limit.
    pub characters_at_limit_text: Option<String>,
    /// The message over the limit, by plural rule.
    pub characters_over_limit_text: Plurals,
    /// The message under the limit, by plural rule.
    pub words_under_limit_text: Plurals,
    /// The message at the limit.
    pub words_at_limit_text: Option<String>,
    /// The message over the limit, by plural rule.
    pub words_over_limit_text: Plurals,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(CharacterCount);
field_methods!(CharacterCount);

impl CharacterCount {
    /// A field of this name, with this label, for at most this many characters.
    pub fn new(name: impl Into<String>, label: impl Into<Content>, maxlength: usize) -> Self {
        Self { name: name.into(), label: Some(Label::new(label)), maxlength: Some(maxlength.to_string()), ..Self::default() }
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

    /// Shows the count only from this percentage of the limit.
    #[must_use]
    pub fn threshold(mut self, percent: u8) -> Self {
        self.threshold = Some(percent.to_string());
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

    fn limit(&self) -> Option<&str> {
        self.maxwords.as_deref().or(self.maxlength.as_deref())
    }

    fn counted(&self) -> Option<&str> {
        self.count_type.as_deref().or(self.maxwords.as_ref().map(|_| "words"))
    }

    fn count_message(&self, id: &str) -> Markup {
        let counted = if self.counted() == Some("words") { "words" } else { "characters" };
        let default = format!("You can enter up to %{{count}} {counted}");
        let template = self.textarea_description_text.as_deref().unwrap_or(&default);
        let message = self.limit().map(|limit| template.replace("%{count}", limit));
        let classes = ["nhsuk-character-count__message", self.count_message.classes.as_deref().unwrap_or_default()];
        Hint {
            id: Some(format!("{id}-info")),
            attributes: Attributes::default().with("hidden", message.is_none().then_some("")),
            text: message,
            classes: Some(classes.join(" ").trim().to_owned()),
            ..Hint::default()
        }
        .render()
    }

    fn group_attributes(&self) -> Attributes {
        let description = self.textarea_description_text.as_deref().filter(|_| self.limit().is_none());
        Attributes::default()
            .with("data-module", Some("nhsuk-character-count"))
            .with("data-maxlength", self.maxlength.as_deref())
            .with("data-maxwords", self.maxwords.as_deref())
            .with("data-threshold", self.threshold.as_deref())
            .with("data-count-type", self.counted())
            .with_message("textarea-description.other", description)
            .with_plurals("characters-under-limit", &self.characters_under_limit_text)
            .with_message("characters-at-limit", self.characters_at_limit_text.as_deref())
            .with_plurals("characters-over-limit", &self.characters_over_limit_text)
            .with_plurals("words-under-limit", &self.words_under_limit_text)
            .with_message("words-at-limit", self.words_at_limit_text.as_deref())
            .with_plurals("words-over-limit", &self.words_over_limit_text)
            .and(&self.form_group.attributes)
    }
}

impl Render for CharacterCount {
    fn render(&self) -> Markup {
        let id = self.id.clone().unwrap_or_else(|| self.name.clone());
        let own = ["nhsuk-js-character-count", self.classes.as_deref().unwrap_or_default()];
        let group = [self.form_group.classes.as_deref().unwrap_or_default(), "nhsuk-character-count"];
        let after = html! {
            (self.count_message(&id))
            @if let Some(after) = self.form_group.after() { (after) }
        };
        Textarea {
            name: self.name.clone(),
            described_by: Some(format!("{id}-info")),
            id: Some(id),
            rows: self.rows.clone(),
            spellcheck: self.spellcheck,
            value: self.value.clone(),
            disabled: self.disabled,
            label: self.label.clone(),
            hint: self.hint.clone(),
            error_message: self.error_message.clone(),
            autocomplete: self.autocomplete.clone(),
            classes: Some(own.join(" ").trim().to_owned()),
            attributes: self.attributes.clone(),
            form_group: FormGroup {
                classes: Some(group.join(" ").trim().to_owned()),
                attributes: self.group_attributes(),
                before_input: self.form_group.before_input.clone(),
                after_input: Some(Slot::html(after)),
            },
        }
        .render()
    }
}
