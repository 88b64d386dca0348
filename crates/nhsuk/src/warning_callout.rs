use maud::{Markup, Render};
use serde::Deserialize;

use crate::card_action::CardActions;
use crate::form_group::Slot;
use crate::options::{common_methods, scalar, text_or_mapping};
use crate::{Attributes, Card, Content, Heading};

/// A warning that nobody should miss.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WarningCallout {
    /// Id of the callout.
    pub id: Option<String>,
    /// The heading.
    #[serde(deserialize_with = "text_or_mapping")]
    pub heading: Option<Heading>,
    /// The old way to give the heading's level.
    #[serde(deserialize_with = "scalar")]
    pub heading_level: Option<String>,
    /// The old way to give the heading's classes.
    pub heading_classes: Option<String>,
    /// The word before the heading for screen readers, "Important" unless said.
    pub visually_hidden_text: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Links beside the heading.
    pub actions: CardActions,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(WarningCallout);

impl WarningCallout {
    /// A warning with this heading.
    pub fn new(heading: impl Into<String>, content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { heading: Some(Heading::new(heading.into())), text, html, ..Self::default() }
    }

    /// Sets the heading's level, 3 unless said.
    #[must_use]
    pub fn heading_level(mut self, level: u8) -> Self {
        self.heading_level = Some(level.to_string());
        self
    }
}

impl Render for WarningCallout {
    fn render(&self) -> Markup {
        let given = self.heading.clone().unwrap_or_default();
        // A heading that says "important" itself would be read out twice.
        let says_so = given.text.as_deref().is_none_or(|text| text.contains("Important") || text.contains("important"));
        let hidden = given.visually_hidden_text.or_else(|| self.visually_hidden_text.clone());
        let hidden = (!says_so).then(|| hidden.unwrap_or_else(|| "Important".to_owned()));
        Card {
            id: self.id.clone(),
            heading: Some(Heading {
                id: given.id,
                text: given.text,
                html: given.html,
                visually_hidden_text: hidden,
                level: given.level.or_else(|| self.heading_level.clone()).or(Some("3".to_owned())),
                classes: given.classes.or_else(|| self.heading_classes.clone()),
                attributes: given.attributes,
                ..Heading::default()
            }),
            description: Some(Slot { text: self.text.clone(), html: self.html.clone(), ..Slot::default() }),
            actions: self.actions.clone(),
            classes: self.classes.clone(),
            attributes: self.attributes.clone(),
            variant: Some("warning".to_owned()),
            ..Card::default()
        }
        .render()
    }
}
