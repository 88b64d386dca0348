use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::back_link::link_or_button;
use crate::content::html_or_text;
use crate::element::Classes;
use crate::icon::icon;
use crate::options::common_methods;
use crate::{Attributes, Content};

/// A link to the next thing to do, with an arrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ActionLink {
    /// Id of the link.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Where it leads; without one it is a button.
    pub href: Option<String>,
    /// Type of the button.
    #[serde(rename = "type")]
    pub button_type: Option<String>,
    /// `a` or `button`; chosen from the other options unless said.
    pub element: Option<String>,
    /// `reverse` for dark backgrounds.
    pub variant: Option<String>,
    /// Whether it opens a new window.
    pub open_in_new_window: bool,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(ActionLink);

impl ActionLink {
    /// A link that leads here.
    pub fn new(href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        Self { href: Some(href.into()), text, html, ..Self::default() }
    }
}

impl Render for ActionLink {
    fn render(&self) -> Markup {
        let classes = Classes::new("nhsuk-action-link")
            .when(self.variant.as_deref() == Some("reverse"), "nhsuk-action-link--reverse")
            .also(self.classes.as_deref());
        link_or_button(self.element.as_deref(), self.href.as_deref(), self.button_type.as_deref(), classes, self.id.as_deref())
            .maybe("target", self.open_in_new_window.then_some("_blank"))
            .attributes(&self.attributes)
            .holding(html! {
                (icon("arrow-right-circle"))
                span class="nhsuk-action-link__text" {
                    (html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default())
                }
            })
    }
}
