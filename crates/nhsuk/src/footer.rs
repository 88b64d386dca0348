use maud::{Markup, Render, html};
use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::heading::HeadingClass;
use crate::options::{common_methods, present, scalar, text_or_mapping};
use crate::{Attributes, Content, Heading};

/// The foot of every page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Footer {
    /// Id of the footer.
    pub id: Option<String>,
    /// Groups of links.
    #[serde(deserialize_with = "one_or_many")]
    pub navigation: Vec<FooterNavigation>,
    /// Groups in a row: 1 to 4, 4 unless said.
    #[serde(deserialize_with = "scalar")]
    pub columns: Option<String>,
    /// Links and words under the groups.
    #[serde(deserialize_with = "text_or_mapping")]
    pub meta: Option<FooterMeta>,
    /// The last line, "© NHS England" unless said; empty for none.
    #[serde(deserialize_with = "text_or_mapping")]
    pub copyright: Option<Slot>,
    /// Extra classes of the container.
    pub container_classes: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// A group of links.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FooterNavigation {
    /// The group's heading.
    #[serde(deserialize_with = "text_or_mapping", alias = "title")]
    pub heading: Option<Heading>,
    /// Width, such as `one-half`, when the columns do not say.
    pub width: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// The links.
    #[serde(deserialize_with = "present")]
    pub items: Vec<FooterLink>,
}

/// Links and words under the groups.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FooterMeta {
    /// The hidden title of the links, "Support links" unless said.
    #[serde(alias = "visuallyHiddenTitle")]
    pub visually_hidden_text: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// The links.
    #[serde(deserialize_with = "present")]
    pub items: Vec<FooterLink>,
}

/// One link of the footer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FooterLink {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Where it leads.
    pub href: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

impl From<String> for FooterMeta {
    fn from(text: String) -> Self {
        Self { text: Some(text), ..Self::default() }
    }
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<FooterNavigation>, D::Error> {
    match Value::deserialize(deserializer)? {
        list @ Value::Array(_) => present(list).map_err(D::Error::custom),
        one @ Value::Object(_) => serde_json::from_value(one).map(|one| vec![one]).map_err(D::Error::custom),
        _ => Ok(Vec::new()),
    }
}

common_methods!(Footer);

impl Footer {
    /// A footer without links and without a copyright line, since a copyright line claims whose
    /// service this is.
    pub fn new() -> Self {
        Self { copyright: Some(Slot::from(String::new())), ..Self::default() }
    }

    /// Adds a link to the line of links.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        let link = FooterLink { href: Some(href.into()), text, html, ..FooterLink::default() };
        self.meta.get_or_insert_default().items.push(link);
        self
    }

    /// Adds words under the links.
    #[must_use]
    pub fn meta(mut self, content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        let meta = self.meta.get_or_insert_default();
        (meta.text, meta.html) = (text, html);
        self
    }

    /// Adds a group of links.
    #[must_use]
    pub fn navigation(mut self, group: FooterNavigation) -> Self {
        self.navigation.push(group);
        self
    }

    /// Sets the copyright line.
    #[must_use]
    pub fn copyright(mut self, content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        self.copyright = Some(Slot { text, html, ..Slot::default() });
        self
    }

    fn columns(&self) -> (usize, &'static str) {
        match self.columns.as_deref() {
            Some("1") => (1, "full"),
            Some("2") => (2, "one-half"),
            Some("3") => (3, "one-third"),
            _ => (4, "one-quarter"),
        }
    }

    fn render_copyright(&self) -> Markup {
        let given = self.copyright.clone().unwrap_or_default();
        match (&given.html, given.text.as_deref()) {
            (Some(_), _) => given.inner().unwrap_or_default(),
            (None, Some("")) => Markup::default(),
            (None, text) => html! { p class="nhsuk-body-s" { (text.unwrap_or("© NHS England")) } },
        }
    }
}

impl FooterNavigation {
    /// A group of links under this heading.
    pub fn new(heading: impl Into<Content>) -> Self {
        Self { heading: Some(Heading::new(heading)), ..Self::default() }
    }

    /// Adds a link.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.items.push(FooterLink { href: Some(href.into()), text, html, ..FooterLink::default() });
        self
    }

    fn render(&self, width: &str) -> Markup {
        let heading = self.heading.clone().map(|heading| Heading {
            size: Some("s".to_owned()),
            level: Some("2".to_owned()),
            element: None,
            ..heading
        });
        html! {
            div class={ "nhsuk-grid-column-" (self.width.as_deref().unwrap_or(width)) } {
                @if let Some(heading) = heading {
                    (heading.render_as(HeadingClass::sized_as_heading("nhsuk-footer__heading"), 2))
                }
                (words(self.html.as_deref(), self.text.as_deref()))
                (links(&self.items))
            }
        }
    }
}

impl FooterMeta {
    fn render(&self) -> Markup {
        html! {
            @if !self.items.is_empty() {
                h2 class="nhsuk-u-visually-hidden" {
                    (self.visually_hidden_text.as_deref().unwrap_or("Support links"))
                }
                (links(&self.items))
            }
            (words(self.html.as_deref(), self.text.as_deref()))
        }
    }
}

fn words(html: Option<&str>, text: Option<&str>) -> Markup {
    html! {
        @if let Some(html) = html_or_text(html, None) { (html) }
        @else if let Some(text) = html_or_text(None, text) { p class="nhsuk-body-s" { (text) } }
    }
}

fn links(items: &[FooterLink]) -> Markup {
    let link = |item: &FooterLink| {
        Element::new("a")
            .attr("class", "nhsuk-footer__list-item-link")
            .attr("href", item.href.as_deref().unwrap_or_default())
            .attributes(&item.attributes)
            .holding(html_or_text(item.html.as_deref(), item.text.as_deref()).unwrap_or_default())
    };
    html! {
        @if !items.is_empty() {
            ul class="nhsuk-footer__list" {
                @for item in items { li class="nhsuk-footer__list-item" { (link(item)) } }
            }
        }
    }
}

impl Render for Footer {
    fn render(&self) -> Markup {
        let (columns, width) = self.columns();
        Element::new("footer")
            .attr("class", Classes::new("nhsuk-footer").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attr("role", "contentinfo")
            .attributes(&self.attributes)
            .holding(html! {
                div class=(Classes::new("nhsuk-width-container").also(self.container_classes.as_deref())) {
                    @for row in self.navigation.chunks(columns) {
                        div class="nhsuk-footer__navigation nhsuk-grid-row" {
                            @for group in row { (group.render(width)) }
                        }
                    }
                    div class="nhsuk-footer__meta" {
                        @if let Some(meta) = &self.meta { (meta.render()) }
                        (self.render_copyright())
                    }
                }
            })
    }
}
