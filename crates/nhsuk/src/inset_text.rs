use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::common_methods;
use crate::{Attributes, Content};

/// Words that stand apart from the text around them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InsetText {
    /// Id of the element.
    pub id: Option<String>,
    /// Text, escaped and put in a paragraph.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// The word before the text for screen readers, "Information" unless said.
    pub visually_hidden_text: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(InsetText);

impl InsetText {
    /// These words, apart.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }
}

impl Render for InsetText {
    fn render(&self) -> Markup {
        let hidden = self.visually_hidden_text.as_deref().unwrap_or("Information");
        Element::new("div")
            .attr("class", Classes::new("nhsuk-inset-text").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html! {
                span class="nhsuk-u-visually-hidden" { (hidden) ": " }
                @if let Some(html) = html_or_text(self.html.as_deref(), None) { (html) }
                @else if let Some(text) = &self.text { p { (text) } }
            })
    }
}
