use maud::{Markup, Render, html};
use serde::Deserialize;
use serde_json::Value;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::icon::icon;
use crate::options::{common_methods, scalar};
use crate::{Attributes, Content};

/// A button, or a link that looks like one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Button {
    /// Id of the button.
    pub id: Option<String>,
    /// `a`, `button` or `input`; chosen from the other options unless said.
    pub element: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Name in the form.
    pub name: Option<String>,
    /// `submit` unless said.
    #[serde(rename = "type")]
    pub button_type: Option<String>,
    /// Value in the form.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// Makes the button a link.
    pub href: Option<String>,
    /// secondary, secondary-solid, reverse, warning, brand or login.
    pub variant: Option<String>,
    /// A smaller button.
    pub small: Option<bool>,
    /// An icon beside or instead of the text.
    #[serde(deserialize_with = "icon_option")]
    pub icon: Option<ButtonIcon>,
    /// What a screen reader says instead of the text.
    pub aria_label: Option<String>,
    /// Whether the button is disabled.
    pub disabled: Option<bool>,
    /// Whether a second click within a second is ignored.
    pub prevent_double_click: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// An icon of a button.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ButtonIcon {
    /// Name of the icon, such as `search`.
    pub name: Option<String>,
    /// `start` or `end`.
    pub placement: Option<String>,
    /// Own markup instead of a named icon.
    pub html: Option<String>,
}

impl ButtonIcon {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: Some(name.to_owned()), placement: Some("start".to_owned()), html: None }
    }

    fn render(&self) -> Option<Markup> {
        match (&self.html, &self.name) {
            (Some(html), _) => Some(maud::PreEscaped(html.clone())),
            (None, Some(name)) => Some(icon(name)),
            (None, None) => None,
        }
    }
}

/// `false` is kept as an icon without a name, since some components add one unless told not to.
fn icon_option<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<ButtonIcon>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Bool(_) => Ok(Some(ButtonIcon::default())),
        Value::String(name) => Ok(Some(ButtonIcon::named(&name))),
        mapping => serde_json::from_value(mapping).map(Some).map_err(serde::de::Error::custom),
    }
}

common_methods!(Button);

const VARIANTS: &[&str] = &["brand", "login", "reverse", "secondary", "secondary-solid", "warning"];

impl Button {
    /// A button that submits its form.
    pub fn new(text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    /// A less important button.
    #[must_use]
    pub fn secondary(self) -> Self {
        self.variant("secondary")
    }

    /// A button for dark backgrounds.
    #[must_use]
    pub fn reverse(self) -> Self {
        self.variant("reverse")
    }

    /// A button for what cannot be undone.
    #[must_use]
    pub fn warning(self) -> Self {
        self.variant("warning")
    }

    /// Sets the variant by its official name.
    #[must_use]
    pub fn variant(mut self, variant: impl Into<String>) -> Self {
        self.variant = Some(variant.into());
        self
    }

    /// A smaller button.
    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = Some(true);
        self
    }

    /// Makes the button a link.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Sends this name and value when the button submits the form.
    #[must_use]
    pub fn name_value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self.value = Some(value.into());
        self
    }

    /// Ignores a second click within a second.
    #[must_use]
    pub fn prevent_double_click(mut self) -> Self {
        self.prevent_double_click = Some(true);
        self
    }

    /// Sets the type: `submit`, `button` or `reset`.
    #[must_use]
    pub fn button_type(mut self, button_type: impl Into<String>) -> Self {
        self.button_type = Some(button_type.into());
        self
    }

    /// Disables the button.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.disabled = Some(true);
        self
    }

    /// Says what a screen reader says instead of the text.
    #[must_use]
    pub fn aria_label(mut self, label: impl Into<String>) -> Self {
        self.aria_label = Some(label.into());
        self
    }

    fn tag(&self) -> &str {
        match (&self.element, &self.href, &self.button_type) {
            (Some(element), ..) => element,
            (None, Some(_), None) => "a",
            _ => "button",
        }
    }

    fn class_list(&self) -> Classes {
        let has_icon = self.icon.as_ref().is_some_and(|icon| *icon != ButtonIcon::default());
        Classes::new("nhsuk-button")
            .chosen("nhsuk-button--", self.variant.as_deref(), VARIANTS, self.classes.as_deref())
            .when(has_icon, "nhsuk-button--icon")
            .when(self.small == Some(true), "nhsuk-button--small")
            .also(self.classes.as_deref())
    }

    fn open(&self, tag: &str) -> Element {
        let element = Element::new(tag)
            .attr("class", self.class_list())
            .maybe("id", self.id.as_deref())
            .maybe("name", self.name.as_deref().filter(|_| tag != "a"))
            .attr("data-module", "nhsuk-button")
            .maybe("data-prevent-double-click", self.prevent_double_click);
        let disabled = self.disabled == Some(true);
        let element = if tag == "a" {
            element
                .attr("href", self.href.as_deref().unwrap_or("#"))
                .attr("role", "button")
                .attr("draggable", "false")
                .maybe("aria-label", self.aria_label.as_deref())
        } else {
            let value = if tag == "input" { &self.text } else { &self.value };
            element
                .attr("type", self.button_type.as_deref().unwrap_or("submit"))
                .maybe("value", value.as_deref())
                .flag("disabled", disabled)
                .maybe("aria-label", self.aria_label.as_deref())
                .maybe("aria-disabled", disabled.then_some("true"))
        };
        element.attributes(&self.attributes)
    }

    fn inner(&self) -> Markup {
        let icon = self.icon.as_ref().and_then(ButtonIcon::render);
        let at_end = self.icon.as_ref().is_some_and(|icon| icon.placement.as_deref() == Some("end"));
        let words = html_or_text(self.html.as_deref(), self.text.as_deref());
        let words = words.map(|words| match icon {
            Some(_) => html! { span class="nhsuk-button__content" { (words) } },
            None => words,
        });
        let parts = if at_end { [words, icon] } else { [icon, words] };
        html! { @for part in parts.into_iter().flatten() { (part) } }
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        let tag = self.tag();
        match tag {
            "input" => self.open(tag).void(),
            _ => self.open(tag).holding(self.inner()),
        }
    }
}
