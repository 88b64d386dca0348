use maud::{Markup, Render, html};
use serde::Deserialize;
use serde_json::Value;

use crate::form_group::Slot;
use crate::options::{common_methods, field_methods, scalar, text_or_mapping};
use crate::{Attributes, Button, ButtonIcon, Content, ErrorMessage, FormGroup, Hint, Input, Label};

/// A field to search with, and its button.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SearchInput {
    /// Id; the name when not said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// The type, `search` unless said.
    #[serde(rename = "type")]
    pub input_type: Option<String>,
    /// `inputmode` of the field.
    pub inputmode: Option<String>,
    /// What is filled in already.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// Placeholder, which the design system discourages.
    pub placeholder: Option<String>,
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
    /// What stands in front of the field.
    #[serde(deserialize_with = "text_or_mapping")]
    pub prefix: Option<Slot>,
    /// What stands behind the field.
    #[serde(deserialize_with = "text_or_mapping")]
    pub suffix: Option<Slot>,
    /// The box around the field.
    pub form_group: FormGroup,
    /// The box around the field and its button.
    pub input_wrapper: Slot,
    /// The button.
    pub button: SearchButton,
    /// Larger text.
    pub large: bool,
    /// Digits of one width.
    pub code: bool,
    /// Width in characters.
    #[serde(deserialize_with = "scalar")]
    pub width: Option<String>,
    /// What the browser may fill in, `off` unless said.
    pub autocomplete: Option<String>,
    /// How the browser may capitalise.
    pub autocapitalize: Option<String>,
    /// Whether the browser checks spelling.
    pub spellcheck: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// The button of a search field.
#[derive(Clone, Debug, Default)]
pub enum SearchButton {
    /// A magnifying glass.
    #[default]
    Usual,
    /// None: the form around the field has its own.
    Omitted,
    /// As said here.
    Own(Box<Button>),
}

impl<'de> Deserialize<'de> for SearchButton {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null | Value::Bool(_) => Ok(Self::Omitted),
            button => serde_json::from_value(button).map(|button| Self::Own(Box::new(button))).map_err(serde::de::Error::custom),
        }
    }
}

common_methods!(SearchInput);
field_methods!(SearchInput);

impl SearchInput {
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

    /// Leaves the button out, where the form has its own.
    #[must_use]
    pub fn no_button(mut self) -> Self {
        self.button = SearchButton::Omitted;
        self
    }

    fn full_button(&self) -> Option<Button> {
        let own = match &self.button {
            SearchButton::Usual => Button::default(),
            SearchButton::Omitted => return None,
            SearchButton::Own(button) => (**button).clone(),
        };
        let classes = ["nhsuk-search-input__button", own.classes.as_deref().unwrap_or_default()];
        Some(Button {
            aria_label: own.aria_label.or(Some("Search".to_owned())),
            button_type: own.button_type.or(Some("submit".to_owned())),
            icon: own.icon.or(Some(ButtonIcon::named("search"))),
            small: own.small.or(Some(!self.large)),
            disabled: own.disabled.or(self.disabled),
            classes: Some(classes.join(" ").trim().to_owned()),
            ..own
        })
    }
}

impl Render for SearchInput {
    fn render(&self) -> Markup {
        let joined = |first: &str, rest: &Option<String>| Some([first, rest.as_deref().unwrap_or_default()].join(" ").trim().to_owned());
        let group = if self.large { "nhsuk-search-input nhsuk-search-input--large" } else { "nhsuk-search-input" };
        let after = html! {
            @if let Some(button) = self.full_button() { (button) }
            @if let Some(after) = self.form_group.after() { (after) }
        };
        Input {
            id: Some(self.id.clone().unwrap_or_else(|| self.name.clone())),
            name: self.name.clone(),
            input_type: self.input_type.clone().or(Some("search".to_owned())),
            inputmode: self.inputmode.clone(),
            value: self.value.clone(),
            placeholder: self.placeholder.clone(),
            disabled: self.disabled,
            described_by: self.described_by.clone(),
            label: self.label.clone(),
            hint: self.hint.clone(),
            error_message: self.error_message.clone(),
            prefix: self.prefix.clone(),
            suffix: self.suffix.clone(),
            code: self.code,
            width: self.width.clone(),
            large: self.large,
            spellcheck: self.spellcheck,
            autocomplete: self.autocomplete.clone().or(Some("off".to_owned())),
            autocapitalize: self.autocapitalize.clone(),
            classes: joined("nhsuk-search-input__input", &self.classes),
            attributes: self.attributes.clone(),
            input_wrapper: Slot {
                classes: joined("nhsuk-search-input__wrapper", &self.input_wrapper.classes),
                attributes: self.input_wrapper.attributes.clone(),
                ..Slot::default()
            },
            form_group: FormGroup {
                classes: joined(group, &self.form_group.classes),
                attributes: self.form_group.attributes.clone(),
                before_input: self.form_group.before_input.clone(),
                after_input: Some(Slot::html(after)),
            },
            ..Input::default()
        }
        .render()
    }
}
