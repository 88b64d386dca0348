use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::heading::HeadingClass;
use crate::options::{common_methods, present, text_or_mapping};
use crate::{Attributes, Content, Heading};

/// What is wrong with a form, above it, with a link to each field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ErrorSummary {
    /// Id of the summary.
    pub id: Option<String>,
    /// The title.
    #[serde(deserialize_with = "text_or_mapping")]
    pub heading: Option<Heading>,
    /// What stands between the title and the list.
    #[serde(deserialize_with = "text_or_mapping")]
    pub description: Option<Slot>,
    /// The errors.
    #[serde(deserialize_with = "present")]
    pub error_list: Vec<SummaryError>,
    /// The old way to give the title as text.
    pub title_text: Option<String>,
    /// The old way to give the title as markup.
    pub title_html: Option<String>,
    /// The old way to give the description as text.
    pub description_text: Option<String>,
    /// The old way to give the description as markup.
    pub description_html: Option<String>,
    /// Whether the page leaves the focus where it is.
    pub disable_auto_focus: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One error of a summary.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SummaryError {
    /// Link to the field, such as `#phone`.
    pub href: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Extra attributes of the link.
    pub attributes: Attributes,
}

common_methods!(ErrorSummary);

impl ErrorSummary {
    /// A summary without errors, titled "There is a problem".
    pub fn new() -> Self {
        Self { heading: Some(Heading::new("There is a problem")), ..Self::default() }
    }

    /// Sets the title.
    #[must_use]
    pub fn title(mut self, title: impl Into<Content>) -> Self {
        self.heading = Some(Heading::new(title));
        self
    }

    /// Adds an error with a link to its field, such as `#phone`.
    #[must_use]
    pub fn error(mut self, href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.error_list.push(SummaryError { href: Some(href.into()), text, html, ..SummaryError::default() });
        self
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.error_list.is_empty()
    }
}

impl SummaryError {
    fn render(&self) -> Markup {
        let inner = html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default();
        match &self.href {
            Some(href) => Element::new("a").attr("href", href).attributes(&self.attributes).holding(inner),
            None => inner,
        }
    }
}

impl Render for ErrorSummary {
    fn render(&self) -> Markup {
        let heading = self.heading.clone().unwrap_or_else(|| Heading {
            text: self.title_text.clone(),
            html: self.title_html.clone(),
            ..Heading::default()
        });
        let heading = Heading { level: None, ..heading };
        let description = match &self.description {
            Some(description) => description.inner(),
            None => html_or_text(self.description_html.as_deref(), self.description_text.as_deref()),
        };
        Element::new("div")
            .attr("class", Classes::new("nhsuk-error-summary").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attr("data-module", "nhsuk-error-summary")
            .maybe("data-disable-auto-focus", self.disable_auto_focus)
            .attributes(&self.attributes)
            // The alert stands in its own box because moving the focus to it would otherwise
            // race with the screen reader and lose words.
            .holding(html! {
                div role="alert" {
                    (heading.render_as(HeadingClass::plain("nhsuk-error-summary__heading"), 2))
                    div class="nhsuk-error-summary__body" {
                        @if let Some(description) = description { p { (description) } }
                        @if !self.error_list.is_empty() {
                            ul class="nhsuk-list nhsuk-error-summary__list" {
                                @for error in &self.error_list { li { (error.render()) } }
                            }
                        }
                    }
                }
            })
    }
}
