use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::{common_methods, present};
use crate::{Attributes, Content};

/// The pages of one guide.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContentsList {
    /// Id of the list.
    pub id: Option<String>,
    /// The pages.
    #[serde(deserialize_with = "present")]
    pub items: Vec<ContentsItem>,
    /// The hidden title, "Contents" unless said.
    pub visually_hidden_text: Option<String>,
    /// What a screen reader calls it, "Pages in this guide" unless said.
    #[serde(alias = "landmarkLabel")]
    pub aria_label: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One page of a guide.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContentsItem {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Address of the page.
    pub href: Option<String>,
    /// Whether it is the page shown.
    pub current: bool,
    /// The pages under it.
    #[serde(deserialize_with = "present")]
    pub items: Vec<ContentsItem>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(ContentsList);

impl ContentsList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a page.
    #[must_use]
    pub fn item(mut self, href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.items.push(ContentsItem { href: Some(href.into()), text, html, ..ContentsItem::default() });
        self
    }

    /// Adds the page that is shown.
    #[must_use]
    pub fn current(mut self, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.items.push(ContentsItem { current: true, text, html, ..ContentsItem::default() });
        self
    }
}

fn render_items(items: &[ContentsItem]) -> Markup {
    html! { ol class="nhsuk-contents-list__list" { @for item in items { (item.render()) } } }
}

impl ContentsItem {
    fn render(&self) -> Markup {
        let inner = html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default();
        let (tag, class, href) = match self.current {
            true => ("span", "nhsuk-contents-list__current", None),
            false => ("a", "nhsuk-contents-list__link", Some(self.href.as_deref().unwrap_or_default())),
        };
        let page = Element::new(tag)
            .attr("class", Classes::new(class).also(self.classes.as_deref()))
            .maybe("href", href)
            .attributes(&self.attributes)
            .holding(inner);
        html! {
            li class="nhsuk-contents-list__item" aria-current=[self.current.then_some("page")] {
                (page)
                @if !self.items.is_empty() { (render_items(&self.items)) }
            }
        }
    }
}

impl Render for ContentsList {
    fn render(&self) -> Markup {
        Element::new("nav")
            .attr("class", Classes::new("nhsuk-contents-list").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attr("role", "navigation")
            .attr("aria-label", self.aria_label.as_deref().unwrap_or("Pages in this guide"))
            .attributes(&self.attributes)
            .holding(html! {
                h2 class="nhsuk-u-visually-hidden" { (self.visually_hidden_text.as_deref().unwrap_or("Contents")) }
                (render_items(&self.items))
            })
    }
}
