use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::common_methods;
use crate::{Attributes, Content};

/// A link to the page before.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BackLink {
    /// Id of the link.
    pub id: Option<String>,
    /// Text, "Back" unless said.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Words before the text for screen readers.
    pub visually_hidden_text: Option<String>,
    /// Where it leads; without one it is a button.
    pub href: Option<String>,
    /// Type of the button.
    #[serde(rename = "type")]
    pub button_type: Option<String>,
    /// `a` or `button`; chosen from the other options unless said.
    pub element: Option<String>,
    /// `reverse` for dark backgrounds.
    pub variant: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(BackLink);

impl BackLink {
    /// A link that leads here.
    pub fn new(href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), ..Self::default() }
    }

    /// Sets the text.
    #[must_use]
    pub fn text(mut self, text: impl Into<Content>) -> Self {
        (self.text, self.html) = text.into().into_text_and_html();
        self
    }
}

/// A link, or a button where it has no address, as several components choose.
pub(crate) fn link_or_button(
    element: Option<&str>,
    href: Option<&str>,
    button_type: Option<&str>,
    classes: Classes,
    id: Option<&str>,
) -> Element {
    let is_link = href.is_some() && button_type.is_none();
    let tag = element.unwrap_or(if is_link { "a" } else { "button" });
    let opened = Element::new(tag).attr("class", classes).maybe("id", id);
    match tag {
        "button" => opened.attr("type", button_type.unwrap_or("submit")),
        "a" => opened.attr("href", href.unwrap_or("#")),
        _ => opened,
    }
}

impl Render for BackLink {
    fn render(&self) -> Markup {
        let classes = Classes::new("nhsuk-back-link")
            .when(self.variant.as_deref() == Some("reverse"), "nhsuk-back-link--reverse")
            .also(self.classes.as_deref());
        link_or_button(self.element.as_deref(), self.href.as_deref(), self.button_type.as_deref(), classes, self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html! {
                @if let Some(hidden) = &self.visually_hidden_text {
                    span class="nhsuk-u-visually-hidden" { (hidden) " " }
                }
                (html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_else(|| "Back".render()))
            })
    }
}
