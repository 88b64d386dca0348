use maud::{Markup, Render};
use serde::Deserialize;
use serde_json::Value;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::common_methods;
use crate::{Attributes, Content};

/// A short status in a coloured box.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tag {
    /// Id of the tag.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Name of the colour, or `false` for none.
    pub colour: Value,
    /// Whether it has a border.
    pub border: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Tag);

const COLOURS: &[&str] = &["white", "grey", "green", "aqua-green", "blue", "purple", "pink", "red", "orange", "yellow"];

macro_rules! colours {
    ($($method:ident = $name:literal),+ $(,)?) => {$(
        #[doc = concat!("Makes the tag ", $name, ".")]
        #[must_use]
        pub fn $method(mut self) -> Self {
            self.colour = Value::from($name);
            self
        }
    )+};
}

impl Tag {
    /// A tag with this text.
    pub fn new(text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    colours! {
        white = "white", grey = "grey", green = "green", aqua_green = "aqua-green", blue = "blue",
        purple = "purple", pink = "pink", red = "red", orange = "orange", yellow = "yellow",
    }
}

impl From<Tag> for Content {
    fn from(tag: Tag) -> Self {
        Self::of(tag)
    }
}

impl Render for Tag {
    fn render(&self) -> Markup {
        let classes = Classes::new("nhsuk-tag")
            .chosen("nhsuk-tag--", self.colour.as_str(), COLOURS, self.classes.as_deref())
            .when(self.colour == Value::Bool(false), "nhsuk-tag--no-colour")
            .when(self.border == Some(false), "nhsuk-tag--no-border")
            .also(self.classes.as_deref());
        Element::new("strong")
            .attr("class", classes)
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default())
    }
}
