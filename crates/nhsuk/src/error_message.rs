use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::common_methods;
use crate::{Attributes, Content};

/// What is wrong with one field. An empty one marks the field without words, as a date's parts
/// need when the message stands above all three.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ErrorMessage {
    /// Id, which the field names in `aria-describedby`.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// The word before the message for screen readers, "Error" unless said; empty for none.
    pub visually_hidden_text: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(ErrorMessage);

impl ErrorMessage {
    /// A message with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// A message with this content.
    pub fn with_content(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    pub(crate) fn has_content(&self) -> bool {
        self.inner().is_some()
    }

    fn inner(&self) -> Option<Markup> {
        html_or_text(self.html.as_deref(), self.text.as_deref())
    }

    pub(crate) fn render_in(&self, id: &str) -> Markup {
        let hidden = self.visually_hidden_text.as_deref().unwrap_or("Error");
        Element::new("span")
            .attr("class", Classes::new("nhsuk-error-message").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref().or(Some(id)).filter(|id| !id.is_empty()))
            .attributes(&self.attributes)
            .holding(html! {
                @if !hidden.is_empty() { span class="nhsuk-u-visually-hidden" { (hidden) ": " } }
                (self.inner().unwrap_or_default())
            })
    }
}

impl From<String> for ErrorMessage {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Render for ErrorMessage {
    fn render(&self) -> Markup {
        self.render_in("")
    }
}
