use maud::{Markup, PreEscaped, html};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::back_link::link_or_button;
use crate::content::html_or_text;
use crate::element::Classes;
use crate::options::{present, scalar};
use crate::{Attributes, Content, Heading};

/// The actions of a card or of a row of a summary list.
#[derive(Clone, Debug, Default)]
pub struct CardActions {
    /// The actions.
    pub items: Vec<CardAction>,
    /// Id of their box, in a summary list.
    pub id: Option<String>,
    /// Width of their column, in a summary list.
    pub width: Option<String>,
    /// Extra classes of their box.
    pub classes: Option<String>,
    /// Extra attributes of their box, in a summary list.
    pub attributes: Attributes,
}

/// One action: a link, or a button that submits the form around it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CardAction {
    /// Id of the link.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Words after the text for screen readers.
    pub visually_hidden_text: Option<String>,
    /// Where it leads; without one it is a button.
    pub href: Option<String>,
    /// Name of the button in the form.
    pub name: Option<String>,
    /// Value of the button in the form.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// Type of the button.
    #[serde(rename = "type")]
    pub button_type: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

impl CardAction {
    /// A link that leads here.
    pub fn new(href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        Self { href: Some(href.into()), text, html, ..Self::default() }
    }

    /// Adds words after the text for screen readers, such as what "Change" changes.
    #[must_use]
    pub fn visually_hidden(mut self, text: impl Into<String>) -> Self {
        self.visually_hidden_text = Some(text.into()).filter(|text: &String| !text.is_empty());
        self
    }

    /// The action, which names the card it stands in for screen readers.
    pub(crate) fn render_in(&self, card_heading: Option<&Heading>) -> Markup {
        let card = card_heading.and_then(Heading::inner);
        let element = link_or_button(
            None,
            self.href.as_deref(),
            self.button_type.as_deref(),
            Classes::new("nhsuk-link").also(self.classes.as_deref()),
            self.id.as_deref(),
        );
        let element = if self.href.is_some() && self.button_type.is_none() {
            element
        } else {
            element.maybe("name", self.name.as_deref()).maybe("value", self.value.as_deref())
        };
        let inner = html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default();
        element.attributes(&self.attributes).holding(html! {
            (inner)
            @if self.visually_hidden_text.is_some() || card.is_some() {
                span class="nhsuk-u-visually-hidden" {
                    @if let Some(hidden) = &self.visually_hidden_text { " " (hidden) }
                    @if let Some(PreEscaped(card)) = card { " (" (PreEscaped(card)) ")" }
                }
            }
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ActionsMapping {
    #[serde(deserialize_with = "present")]
    items: Vec<CardAction>,
    id: Option<String>,
    #[serde(deserialize_with = "scalar")]
    width: Option<String>,
    classes: Option<String>,
    attributes: Attributes,
}

impl<'de> Deserialize<'de> for CardActions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null | Value::Bool(_) => Ok(Self::default()),
            list @ Value::Array(_) => Ok(Self { items: present(list).map_err(D::Error::custom)?, ..Self::default() }),
            mapping => {
                let read: ActionsMapping = serde_json::from_value(mapping).map_err(D::Error::custom)?;
                Ok(Self { items: read.items, id: read.id, width: read.width, classes: read.classes, attributes: read.attributes })
            }
        }
    }
}
