use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::form_group::Slot;
use crate::icon::icon;
use crate::options::{common_methods, present, scalar, text_or_mapping};
use crate::{Attributes, Card, Content, Heading};

/// What to do, or what not to do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DoDontList {
    /// Id of the card around the list.
    pub id: Option<String>,
    /// The heading, such as "Do" or "Don't".
    #[serde(deserialize_with = "text_or_mapping", alias = "title")]
    pub heading: Option<Heading>,
    /// The old way to give the heading's level.
    #[serde(deserialize_with = "scalar")]
    pub heading_level: Option<String>,
    /// `tick` or `cross`.
    #[serde(alias = "type")]
    pub icon: Option<String>,
    /// The items.
    #[serde(deserialize_with = "present")]
    pub items: Vec<DoDontItem>,
    /// Leaves out the words before each item.
    pub hide_prefix: bool,
    /// The words before each item; "do not" with crosses unless said.
    pub prefix_text: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One item.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DoDontItem {
    /// Text, escaped.
    #[serde(alias = "item")]
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
}

common_methods!(DoDontList);

impl DoDontList {
    /// What to do.
    pub fn things_to_do(heading: impl Into<String>) -> Self {
        Self { heading: Some(Heading::new(heading.into())), icon: Some("tick".to_owned()), ..Self::default() }
    }

    /// What not to do; "do not" stands before each item.
    pub fn things_not_to_do(heading: impl Into<String>) -> Self {
        Self { heading: Some(Heading::new(heading.into())), icon: Some("cross".to_owned()), ..Self::default() }
    }

    /// Adds an item.
    #[must_use]
    pub fn item(mut self, item: impl Into<Content>) -> Self {
        let (text, html) = item.into().into_text_and_html();
        self.items.push(DoDontItem { text, html });
        self
    }

    /// Leaves out the words before each item.
    #[must_use]
    pub fn hide_prefix(mut self) -> Self {
        self.hide_prefix = true;
        self
    }

    /// Sets the heading's level, 3 unless said.
    #[must_use]
    pub fn heading_level(mut self, level: u8) -> Self {
        self.heading_level = Some(level.to_string());
        self
    }

    fn icon_name(&self) -> &'static str {
        if self.icon.as_deref() == Some("cross") { "cross" } else { "tick" }
    }

    fn prefix(&self) -> Option<&str> {
        let usual = (self.icon_name() == "cross").then_some("do not");
        self.prefix_text.as_deref().filter(|text| !text.is_empty()).or(usual).filter(|_| !self.hide_prefix)
    }

    fn render_list(&self) -> Markup {
        let name = self.icon_name();
        html! {
            ul class={ "nhsuk-list nhsuk-list--" (name) } role="list" {
                @for item in &self.items {
                    li {
                        (icon(name)) " "
                        @if let Some(prefix) = self.prefix() { (prefix) " " }
                        (html_or_text(item.html.as_deref(), item.text.as_deref()).unwrap_or_default())
                    }
                }
            }
        }
    }
}

impl Render for DoDontList {
    fn render(&self) -> Markup {
        let heading = self.heading.clone().unwrap_or_default();
        Card {
            id: self.id.clone(),
            heading: Some(Heading {
                level: heading.level.or_else(|| self.heading_level.clone()).or(Some("3".to_owned())),
                caption: None,
                size: None,
                ..heading
            }),
            description: Some(Slot::html(self.render_list())),
            classes: self.classes.clone(),
            attributes: self.attributes.clone(),
            variant: Some("feature".to_owned()),
            ..Card::default()
        }
        .render()
    }
}
