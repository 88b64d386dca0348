use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::heading::HeadingClass;
use crate::options::{common_methods, scalar, text_or_mapping};
use crate::{Attributes, Content, Heading};

/// The panel that confirms what was done, at the top of its page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Panel {
    /// Id of the panel.
    pub id: Option<String>,
    /// The heading, an `h1` unless said.
    #[serde(deserialize_with = "text_or_mapping")]
    pub heading: Option<Heading>,
    /// The old way to give the heading as text.
    pub title_text: Option<String>,
    /// The old way to give the heading as markup.
    pub title_html: Option<String>,
    /// The old way to give the heading's size.
    pub title_size: Option<String>,
    /// The old way to give the heading's classes.
    pub title_classes: Option<String>,
    /// The old way to give the heading's level.
    #[serde(deserialize_with = "scalar")]
    pub heading_level: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// `interruption` for a page that stops the user to think.
    pub variant: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Panel);

impl Panel {
    /// A panel with this title.
    pub fn new(title: impl Into<Content>, content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { heading: Some(Heading::new(title)), text, html, ..Self::default() }
    }

    /// Makes it the panel of a page that stops the user to think.
    #[must_use]
    pub fn interruption(mut self) -> Self {
        self.variant = Some("interruption".to_owned());
        self
    }

    /// Sets the heading's level, 1 unless said.
    #[must_use]
    pub fn heading_level(mut self, level: u8) -> Self {
        self.heading.get_or_insert_default().level = Some(level.to_string());
        self
    }
}

const HEADING: HeadingClass<'static> =
    HeadingClass { name: "nhsuk-panel__heading", size_prefix: "nhsuk-panel__heading--", sizes: &["m", "l", "xl"] };

impl Render for Panel {
    fn render(&self) -> Markup {
        let heading = self.heading.clone().unwrap_or_else(|| Heading {
            text: self.title_text.clone(),
            html: self.title_html.clone(),
            level: self.heading_level.clone(),
            size: self.title_size.clone(),
            classes: self.title_classes.clone(),
            ..Heading::default()
        });
        let classes = Classes::new("nhsuk-panel")
            .when(self.variant.as_deref() == Some("interruption"), "nhsuk-panel--interruption")
            .also(self.classes.as_deref());
        let body = html_or_text(self.html.as_deref(), self.text.as_deref());
        Element::new("div").attr("class", classes).maybe("id", self.id.as_deref()).attributes(&self.attributes).holding(html! {
            (heading.render_as(HEADING, 1))
            @if let Some(body) = body { div class="nhsuk-panel__body" { (body) } }
        })
    }
}
