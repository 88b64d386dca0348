use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::choice::{Choice, ChoiceGroup, choice_methods};
use crate::element::{Classes, Element};
use crate::form_group::hint_and_error;
use crate::options::{common_methods, group_methods, present, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, Fieldset, FormGroup, Hint};

/// A question with any number of answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Checkboxes {
    /// Id of the list of choices.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// What the ids start with; the name unless said.
    pub id_prefix: Option<String>,
    /// Ids that describe the question, besides its hint and error.
    pub described_by: Option<String>,
    /// The fieldset with the question.
    pub fieldset: Option<Fieldset>,
    /// The hint.
    #[serde(deserialize_with = "text_or_mapping")]
    pub hint: Option<Hint>,
    /// The error.
    #[serde(deserialize_with = "text_or_mapping")]
    pub error_message: Option<ErrorMessage>,
    /// The box around the question.
    pub form_group: FormGroup,
    /// The choices.
    #[serde(deserialize_with = "present")]
    pub items: Vec<Choice>,
    /// The values that are chosen.
    pub values: Vec<String>,
    /// Smaller choices.
    pub small: bool,
    /// Choices side by side.
    pub inline: bool,
    /// Whether no choice can be made.
    pub disabled: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Checkboxes);
group_methods!(Checkboxes);
choice_methods!(Checkboxes);

impl Checkboxes {
    /// A question of this name, asked by this legend.
    pub fn new(name: impl Into<String>, legend: impl Into<Content>) -> Self {
        Self { name: name.into(), fieldset: Some(Fieldset::titled(legend)), ..Self::default() }
    }

    /// Says which values are chosen.
    #[must_use]
    pub fn values(mut self, values: &[impl AsRef<str>]) -> Self {
        self.values = values.iter().map(|value| value.as_ref().to_owned()).collect();
        self
    }

    /// Adds the choice that unchecks all others.
    #[must_use]
    pub fn item_none(self, value: impl Into<String>, text: impl Into<Content>) -> Self {
        self.choice(Choice::new(value, text).exclusive())
    }
}

impl Render for Checkboxes {
    fn render(&self) -> Markup {
        let id_prefix = self.id_prefix.as_deref().unwrap_or(&self.name);
        let described_by = self.fieldset.as_ref().and_then(|fieldset| fieldset.described_by.as_deref());
        let (described_by, messages) =
            hint_and_error(id_prefix, described_by.or(self.described_by.as_deref()), self.hint.as_ref(), self.error_message.as_ref());
        let group = ChoiceGroup {
            component: "checkboxes",
            input_type: "checkbox",
            name: &self.name,
            id_prefix,
            disabled: self.disabled == Some(true),
            chosen: &self.values,
            described_by: described_by.ids().filter(|_| self.fieldset.is_none()),
        };
        let list = Element::new("div")
            .attr(
                "class",
                Classes::new("nhsuk-checkboxes")
                    .when(self.small, "nhsuk-checkboxes--small")
                    .when(self.inline, "nhsuk-checkboxes--inline")
                    .also(self.classes.as_deref()),
            )
            .maybe("id", self.id.as_deref())
            .attr("data-module", "nhsuk-checkboxes")
            .attributes(&self.attributes)
            .holding(html! {
                @if let Some(before) = self.form_group.before() { (before) }
                (group.render_all(&self.items))
                @if let Some(after) = self.form_group.after() { (after) }
            });
        let inner = html! { (messages) (list) };
        self.form_group.render_fieldset(self.error_message.is_some(), self.fieldset.as_ref(), &described_by, &inner)
    }
}
