use maud::{Markup, Render};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element, names_one_of};
use crate::{Attributes, Content};

/// The small line above or below a heading, label or legend.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Caption {
    /// Id of the caption.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// `before`, `start`, `end` or `after` the heading; `start` unless said.
    pub placement: Option<String>,
    /// m, l, xl or xxl.
    pub size: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
    /// The element, `span` unless said.
    pub element: Option<String>,
}

impl Caption {
    /// A caption with this text.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    pub(crate) fn is_placed(&self, placement: &str) -> bool {
        self.placement.as_deref() == Some(placement)
    }

    /// Outside the heading's element, where a screen reader does not join it to the heading.
    pub(crate) fn is_outside(&self) -> bool {
        self.is_placed("before") || self.is_placed("after")
    }

    pub(crate) fn render_sized(&self, heading_size: Option<&str>) -> Markup {
        let own_size = names_one_of("nhsuk-caption-", &["m", "l", "xl", "xxl"], self.classes.as_deref());
        let size = self.size.as_deref().or(heading_size).filter(|_| !own_size);
        let first = match size {
            Some(size @ ("m" | "l" | "xl" | "xxl")) => format!("nhsuk-caption-{size}"),
            _ => "nhsuk-caption".to_owned(),
        };
        let classes = Classes::new(&first)
            .when(self.is_placed("after") || self.is_placed("end"), "nhsuk-caption--bottom")
            .also(self.classes.as_deref());
        Element::new(self.element.as_deref().unwrap_or("span"))
            .attr("class", classes)
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default())
    }
}

impl From<String> for Caption {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Render for Caption {
    fn render(&self) -> Markup {
        self.render_sized(None)
    }
}
