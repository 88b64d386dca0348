use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::element::{Classes, Element};
use crate::heading::HeadingClass;
use crate::label::HeadingParts;
use crate::options::{common_methods, text_or_mapping};
use crate::{Attributes, Caption, Content, Heading};

/// The question above a group of fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Legend {
    /// Id of the legend.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Words after the legend for screen readers.
    pub visually_hidden_text: Option<String>,
    /// A caption, inside or beside the legend.
    #[serde(deserialize_with = "text_or_mapping")]
    pub caption: Option<Caption>,
    /// s, m, l or xl.
    pub size: Option<String>,
    /// Puts this heading in the legend.
    #[serde(deserialize_with = "text_or_mapping")]
    pub heading: Option<Heading>,
    /// Whether the legend is also the page's heading.
    pub is_page_heading: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Legend);

impl Legend {
    /// A legend with this content.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }
}

impl From<String> for Legend {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Render for Legend {
    fn render(&self) -> Markup {
        let parts = HeadingParts::of(self.heading.as_ref(), self.is_page_heading);
        let Some(inner) = parts.words(&self.html, &self.text) else { return Markup::default() };
        let size = parts.size(self.size.as_deref());
        let caption = parts.caption(self.caption.as_ref());
        let after = caption.filter(|caption| caption.is_placed("after")).map(|caption| caption.render_sized(size));
        let inside = caption.filter(|caption| !caption.is_placed("after")).map(|caption| {
            // Nothing but a legend may come first in a fieldset, so "before" moves inside.
            let placement = caption.placement.clone().filter(|placement| placement != "before");
            Caption { placement: placement.or(Some("start".to_owned())), ..caption.clone().sized(size) }
        });
        let classes = Classes::new("nhsuk-fieldset__legend")
            .chosen("nhsuk-fieldset__legend--", size, &["s", "m", "l", "xl"], self.classes.as_deref())
            .also(self.classes.as_deref());
        let words = Heading { visually_hidden_text: parts.hidden(&self.visually_hidden_text), caption: inside, ..Heading::default() };
        let legend = match parts.heading() {
            Some(heading) => {
                Element::new("legend").attr("class", classes).maybe("id", self.id.as_deref()).attributes(&self.attributes).holding(
                    Heading { id: heading.id.clone(), attributes: heading.attributes.clone(), ..words }.render_around(
                        HeadingClass::plain("nhsuk-fieldset__heading"),
                        &heading.tag(1),
                        inner,
                    ),
                )
            }
            None => Heading { id: self.id.clone(), attributes: self.attributes.clone(), ..words }.render_around(
                HeadingClass::plain(&classes.to_string()),
                "legend",
                inner,
            ),
        };
        html! { (legend) @if let Some(caption) = after { (caption) } }
    }
}
