use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::form_group::Slot;
use crate::options::{common_methods, field_methods, scalar, text_or_mapping};
use crate::{Attributes, Button, Content, ErrorMessage, FormGroup, Hint, Input, Label};

/// A field for a password, which the user can show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PasswordInput {
    /// Id; the name when not said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
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
    /// Larger text.
    pub large: bool,
    /// Digits of one width.
    pub code: bool,
    /// Width in characters.
    #[serde(deserialize_with = "scalar")]
    pub width: Option<String>,
    /// What the browser may fill in, `current-password` unless said.
    pub autocomplete: Option<String>,
    /// The button that shows the password.
    pub button: Button,
    /// Text of the button while the password is hidden.
    pub show_password_text: Option<String>,
    /// Text of the button while the password is shown.
    pub hide_password_text: Option<String>,
    /// What a screen reader calls the button while the password is hidden.
    #[serde(alias = "showPasswordAriaLabelText")]
    pub show_password_aria_label: Option<String>,
    /// What a screen reader calls the button while the password is shown.
    #[serde(alias = "hidePasswordAriaLabelText")]
    pub hide_password_aria_label: Option<String>,
    /// What is said when the password is shown.
    pub password_shown_announcement_text: Option<String>,
    /// What is said when the password is hidden.
    pub password_hidden_announcement_text: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(PasswordInput);
field_methods!(PasswordInput);

impl PasswordInput {
    /// A field of this name, with this label.
    pub fn new(name: impl Into<String>, label: impl Into<Content>) -> Self {
        Self { name: name.into(), label: Some(Label::new(label)), ..Self::default() }
    }

    /// Says what the browser may fill in: `current-password` or `new-password`.
    #[must_use]
    pub fn autocomplete(mut self, autocomplete: impl Into<String>) -> Self {
        self.autocomplete = Some(autocomplete.into());
        self
    }

    fn group_attributes(&self) -> Attributes {
        let show = self.show_password_text.as_deref().or(self.button.text.as_deref());
        let show_label = self.show_password_aria_label.as_deref().or(self.button.aria_label.as_deref());
        Attributes::default()
            .with("data-module", Some("nhsuk-password-input"))
            .with_message("show-password", show)
            .with_message("hide-password", self.hide_password_text.as_deref())
            .with_message("show-password-aria-label", show_label)
            .with_message("hide-password-aria-label", self.hide_password_aria_label.as_deref())
            .with_message("password-shown-announcement", self.password_shown_announcement_text.as_deref())
            .with_message("password-hidden-announcement", self.password_hidden_announcement_text.as_deref())
            .and(&self.form_group.attributes)
    }

    /// The button is hidden until the script that makes it work has started.
    fn full_button(&self, id: &str) -> Button {
        let own = self.button.clone();
        let classes = ["nhsuk-password-input__toggle nhsuk-js-password-input-toggle", own.classes.as_deref().unwrap_or_default()];
        let text = self.show_password_text.clone().or(own.text);
        let label = self.show_password_aria_label.clone().or(own.aria_label);
        Button {
            text: text.or(Some("Show".to_owned())),
            html: None,
            aria_label: label.or(Some("Show password".to_owned())),
            button_type: own.button_type.or(Some("button".to_owned())),
            small: own.small.or(Some(!self.large)),
            disabled: own.disabled.or(self.disabled),
            classes: Some(classes.join(" ").trim().to_owned()),
            attributes: Attributes::default().with("aria-controls", Some(id)).with("hidden", Some("")),
            variant: own.variant.or(Some("secondary".to_owned())),
            ..own
        }
    }
}

impl Render for PasswordInput {
    fn render(&self) -> Markup {
        let id = self.id.clone().unwrap_or_else(|| self.name.clone());
        let own = ["nhsuk-password-input__input nhsuk-js-password-input-input", self.classes.as_deref().unwrap_or_default()];
        let group = [self.form_group.classes.as_deref().unwrap_or_default(), "nhsuk-password-input"];
        let after = html! {
            (self.full_button(&id))
            @if let Some(after) = self.form_group.after() { (after) }
        };
        Input {
            id: Some(id),
            name: self.name.clone(),
            input_type: Some("password".to_owned()),
            value: self.value.clone(),
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
            spellcheck: Some(false),
            autocomplete: self.autocomplete.clone().or(Some("current-password".to_owned())),
            autocapitalize: Some("none".to_owned()),
            classes: Some(own.join(" ").trim().to_owned()),
            attributes: self.attributes.clone(),
            input_wrapper: self.input_wrapper.clone(),
            form_group: FormGroup {
                classes: Some(group.join(" ").trim().to_owned()),
                attributes: self.group_attributes(),
                before_input: self.form_group.before_input.clone(),
                after_input: Some(Slot::html(after)),
            },
            ..Input::default()
        }
        .render()
    }
}
