use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::options::{common_methods, text_or_mapping};
use crate::{Attributes, Content};

/// Words that open on demand.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Details {
    /// Id of the element.
    pub id: Option<String>,
    /// What is always shown.
    #[serde(deserialize_with = "text_or_mapping")]
    pub summary: Option<Slot>,
    /// The old way to give the summary as text.
    pub summary_text: Option<String>,
    /// The old way to give the summary as markup.
    pub summary_html: Option<String>,
    /// Text inside, escaped.
    pub text: Option<String>,
    /// Markup inside, which wins over the text.
    pub html: Option<String>,
    /// Whether it is open at first.
    pub open: bool,
    /// `reverse` for dark backgrounds.
    pub variant: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Details);

impl Details {
    /// This summary, which opens these words.
    pub fn new(summary: impl Into<Content>, inside: impl Into<Content>) -> Self {
        let (summary_text, summary_html) = summary.into().into_text_and_html();
        let (text, html) = inside.into().into_text_and_html();
        Self { summary_text, summary_html, text, html, ..Self::default() }
    }

    /// Says whether it is open at first.
    #[must_use]
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    /// Makes it an expander, which stands out more.
    #[must_use]
    pub fn expander(self) -> Self {
        self.class("nhsuk-expander")
    }
}

impl Render for Details {
    fn render(&self) -> Markup {
        let summary = self.summary.clone().unwrap_or_else(|| Slot {
            text: self.summary_text.clone(),
            html: self.summary_html.clone(),
            ..Slot::default()
        });
        let classes = Classes::new("nhsuk-details")
            .when(self.variant.as_deref() == Some("reverse"), "nhsuk-details--reverse")
            .also(self.classes.as_deref());
        let summary_element = Element::new("summary")
            .attr("class", Classes::new("nhsuk-details__summary").also(summary.classes.as_deref()))
            .attributes(&summary.attributes)
            .holding(html! {
                span class="nhsuk-details__summary-text" { (summary.inner().unwrap_or_default()) }
            });
        Element::new("details")
            .attr("class", classes)
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .flag("open", self.open)
            .holding(html! {
                (summary_element)
                div class="nhsuk-details__text" {
                    (html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default())
                }
            })
    }
}
