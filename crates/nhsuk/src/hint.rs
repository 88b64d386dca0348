use maud::{Markup, Render};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::common_methods;
use crate::{Attributes, Content};

/// Help that stands under a label or legend.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Hint {
    /// Id, which the field names in `aria-describedby`.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Hint);

impl Hint {
    /// A hint with this content.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    pub(crate) fn has_content(&self) -> bool {
        self.inner().is_some()
    }

    fn inner(&self) -> Option<Markup> {
        html_or_text(self.html.as_deref(), self.text.as_deref())
    }

    /// The hint inside a field, with the id and the class that the field gives it.
    pub(crate) fn render_in(&self, id: &str, class: &str) -> Markup {
        Element::new("div")
            .attr("class", Classes::new("nhsuk-hint").also(Some(class)).also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref().or(Some(id)).filter(|id| !id.is_empty()))
            .attributes(&self.attributes)
            .holding(self.inner().unwrap_or_default())
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Render for Hint {
    fn render(&self) -> Markup {
        self.render_in("", "")
    }
}
