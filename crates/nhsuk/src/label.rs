use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::Element;
use crate::heading::HeadingClass;
use crate::options::{common_methods, text_or_mapping};
use crate::{Attributes, Caption, Content, Heading};

/// The label of one field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Label {
    /// Id of the label.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Words after the label for screen readers.
    pub visually_hidden_text: Option<String>,
    /// Id of the field.
    pub r#for: Option<String>,
    /// A caption, inside or beside the label.
    #[serde(deserialize_with = "text_or_mapping")]
    pub caption: Option<Caption>,
    /// s, m, l or xl.
    pub size: Option<String>,
    /// Wraps the label in this heading.
    #[serde(deserialize_with = "text_or_mapping")]
    pub heading: Option<Heading>,
    /// Whether the label is also the page's heading.
    pub is_page_heading: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Label);

impl Label {
    /// A label with this content.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    /// Names the field that this labels.
    #[must_use]
    pub fn for_field(mut self, id: impl Into<String>) -> Self {
        self.r#for = Some(id.into());
        self
    }

    /// The label of a field, which says its id and the class it wants.
    pub(crate) fn render_for(&self, field_id: Option<&str>, class: &str) -> Markup {
        let parts = HeadingParts::of(self.heading.as_ref(), self.is_page_heading);
        let Some(inner) = parts.words(&self.html, &self.text) else { return Markup::default() };
        let caption = parts.caption(self.caption.as_ref());
        let size = parts.size(self.size.as_deref());
        let outer = |placement| caption.filter(|c| c.is_placed(placement)).map(|c| c.render_sized(size));
        let label = Heading {
            id: self.id.clone(),
            visually_hidden_text: parts.hidden(&self.visually_hidden_text),
            caption: caption.filter(|caption| !caption.is_outside()).map(|c| c.clone().sized(size)),
            size: size.map(str::to_owned),
            classes: Some([class, self.classes.as_deref().unwrap_or_default()].join(" ").trim().to_owned()),
            attributes: Attributes::default().with("for", self.r#for.as_deref().or(field_id)).and(&self.attributes),
            ..Heading::default()
        }
        .render_around(LABEL, "label", inner);
        html! {
            @if let Some(caption) = outer("before") { (caption) }
            @if let Some(heading) = parts.heading() {
                (Element::new(&heading.tag(1))
                    .attr("class", "nhsuk-label-wrapper")
                    .maybe("id", heading.id.as_deref())
                    .attributes(&heading.attributes)
                    .holding(label))
            } @else { (label) }
            @if let Some(caption) = outer("after") { (caption) }
        }
    }
}

const LABEL: HeadingClass<'static> = HeadingClass { name: "nhsuk-label", size_prefix: "nhsuk-label--", sizes: &["s", "m", "l", "xl"] };

impl Caption {
    pub(crate) fn sized(mut self, size: Option<&str>) -> Self {
        self.size = self.size.or_else(|| size.map(str::to_owned));
        self
    }
}

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Render for Label {
    fn render(&self) -> Markup {
        self.render_for(None, "")
    }
}

/// Labels and legends take their words from themselves or from the heading around them.
pub(crate) struct HeadingParts<'a> {
    given: Option<&'a Heading>,
    shown: bool,
}

impl<'a> HeadingParts<'a> {
    pub(crate) fn of(given: Option<&'a Heading>, is_page_heading: Option<bool>) -> Self {
        let shown = is_page_heading == Some(true) || (is_page_heading != Some(false) && given.is_some());
        Self { given, shown }
    }

    pub(crate) fn heading(&self) -> Option<Heading> {
        self.shown.then(|| self.given.cloned().unwrap_or_default())
    }

    pub(crate) fn words(&self, html: &Option<String>, text: &Option<String>) -> Option<Markup> {
        let from_heading = |field: fn(&Heading) -> &Option<String>| self.given.and_then(|heading| field(heading).as_deref());
        let (heading_html, heading_text) = (from_heading(|h| &h.html), from_heading(|h| &h.text));
        if self.shown {
            html_or_text(heading_html.or(html.as_deref()), heading_text.or(text.as_deref()))
        } else {
            html_or_text(html.as_deref().or(heading_html), text.as_deref().or(heading_text))
        }
    }

    pub(crate) fn caption(&self, own: Option<&'a Caption>) -> Option<&'a Caption> {
        self.shown_heading().and_then(|heading| heading.caption.as_ref()).or(own)
    }

    pub(crate) fn size(&self, own: Option<&'a str>) -> Option<&'a str> {
        self.shown_heading().and_then(|heading| heading.size.as_deref()).or(own)
    }

    pub(crate) fn hidden(&self, own: &Option<String>) -> Option<String> {
        self.shown_heading().and_then(|heading| heading.visually_hidden_text.clone()).or_else(|| own.clone())
    }

    fn shown_heading(&self) -> Option<&'a Heading> {
        self.given.filter(|_| self.shown)
    }
}
