use maud::{Markup, Render};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::common_methods;
use crate::{Attributes, Content};

/// The link that lets a keyboard skip to the content.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SkipLink {
    /// Id of the link.
    pub id: Option<String>,
    /// Text, "Skip to main content" unless said.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Where it leads, `#maincontent` unless said.
    pub href: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(SkipLink);

impl SkipLink {
    /// A link to this part of the page.
    pub fn new(href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        Self { href: Some(href.into()), text, html, ..Self::default() }
    }
}

impl Render for SkipLink {
    fn render(&self) -> Markup {
        Element::new("a")
            .attr("class", Classes::new("nhsuk-skip-link").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attr("data-module", "nhsuk-skip-link")
            .attr("href", self.href.as_deref().unwrap_or("#maincontent"))
            .attributes(&self.attributes)
            .holding(html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_else(|| "Skip to main content".render()))
    }
}
