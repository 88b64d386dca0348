use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::choice::{Choice, ChoiceGroup, choice_methods};
use crate::element::{Classes, Element};
use crate::form_group::hint_and_error;
use crate::options::{common_methods, group_methods, present, scalar, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, Fieldset, FormGroup, Hint};

/// A question with one answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Radios {
    /// Id of the list of choices.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// What the ids start with; the name unless said.
    pub id_prefix: Option<String>,
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
    /// The value that is chosen.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
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

common_methods!(Radios);
group_methods!(Radios);
choice_methods!(Radios);

impl Radios {
    /// A question of this name, asked by this legend.
    pub fn new(name: impl Into<String>, legend: impl Into<Content>) -> Self {
        Self { name: name.into(), fieldset: Some(Fieldset::titled(legend)), ..Self::default() }
    }

    /// Says which value is chosen.
    #[must_use]
    pub fn value(mut self, value: Option<&str>) -> Self {
        self.value = value.map(str::to_owned);
        self
    }
}

impl Render for Radios {
    fn render(&self) -> Markup {
        let id_prefix = self.id_prefix.as_deref().unwrap_or(&self.name);
        let described_by = self.fieldset.as_ref().and_then(|fieldset| fieldset.described_by.as_deref());
        let (described_by, messages) = hint_and_error(id_prefix, described_by, self.hint.as_ref(), self.error_message.as_ref());
        let group = ChoiceGroup {
            component: "radios",
            input_type: "radio",
            name: &self.name,
            id_prefix,
            disabled: self.disabled == Some(true),
            // An empty value chooses nothing, even where an item has none.
            chosen: self.value.as_ref().filter(|value| !value.is_empty()).map_or(&[], std::slice::from_ref),
            described_by: None,
        };
        let list = Element::new("div")
            .attr(
                "class",
                Classes::new("nhsuk-radios")
                    .when(self.small, "nhsuk-radios--small")
                    .when(self.inline, "nhsuk-radios--inline")
                    .also(self.classes.as_deref()),
            )
            .maybe("id", self.id.as_deref())
            .attr("data-module", "nhsuk-radios")
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
