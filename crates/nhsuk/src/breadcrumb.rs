use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::{common_methods, present};
use crate::{Attributes, BackLink, Content};

/// Where a page stands in the site.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Breadcrumb {
    /// Id of the breadcrumb.
    pub id: Option<String>,
    /// The pages above, from the top.
    #[serde(deserialize_with = "present")]
    pub items: Vec<BreadcrumbItem>,
    /// Text of the page just above.
    pub text: Option<String>,
    /// Address of the page just above.
    pub href: Option<String>,
    /// The link that small screens show instead.
    pub back_link: BackLink,
    /// What a screen reader calls it, "Breadcrumb" unless said.
    pub aria_label: Option<String>,
    /// The old word for `aria_label`.
    pub label_text: Option<String>,
    /// `reverse` for dark backgrounds.
    pub variant: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One page of a breadcrumb.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BreadcrumbItem {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Address of the page.
    pub href: Option<String>,
    /// Extra classes, which the official macro ignores.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Breadcrumb);

impl Breadcrumb {
    /// An empty breadcrumb.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a page, from the top of the site downwards.
    #[must_use]
    pub fn item(mut self, href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.items.push(BreadcrumbItem { href: Some(href.into()), text, html, ..BreadcrumbItem::default() });
        self
    }

    /// The last page of the breadcrumb, which small screens link back to.
    fn last(&self) -> BreadcrumbItem {
        match (&self.text, &self.href) {
            (Some(text), Some(href)) => BreadcrumbItem { text: Some(text.clone()), href: Some(href.clone()), ..BreadcrumbItem::default() },
            _ => self.items.last().cloned().unwrap_or_default(),
        }
    }

    fn small_screen_link(&self) -> BackLink {
        let last = self.last();
        let own = self.back_link.clone();
        let says_something = own.text.is_some() || own.html.is_some();
        BackLink {
            visually_hidden_text: own.visually_hidden_text.or(Some("Back to".to_owned())),
            text: if says_something { own.text } else { last.text },
            href: own.href.or(last.href),
            attributes: if own.attributes.is_empty() { last.attributes } else { own.attributes },
            variant: own.variant.or_else(|| self.variant.clone()),
            ..own
        }
    }
}

impl BreadcrumbItem {
    fn render(&self, href: &str) -> Markup {
        let link = Element::new("a")
            .attr("class", "nhsuk-breadcrumb__link")
            .attr("href", href)
            .attributes(&self.attributes)
            .holding(html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default());
        html! { li class="nhsuk-breadcrumb__list-item" { (link) } }
    }
}

impl Render for Breadcrumb {
    fn render(&self) -> Markup {
        let classes = Classes::new("nhsuk-breadcrumb")
            .when(self.variant.as_deref() == Some("reverse"), "nhsuk-breadcrumb--reverse")
            .also(self.classes.as_deref());
        let label = self.aria_label.as_deref().or(self.label_text.as_deref()).unwrap_or("Breadcrumb");
        let own_last = self.text.as_ref().and(self.href.as_ref()).map(|_| self.last());
        Element::new("nav")
            .attr("class", classes)
            .maybe("id", self.id.as_deref())
            .attr("aria-label", label)
            .attributes(&self.attributes)
            .holding(html! {
                ol class="nhsuk-breadcrumb__list" {
                    @for item in self.items.iter().chain(own_last.as_ref()) {
                        @if let Some(href) = &item.href { (item.render(href)) }
                    }
                }
                (self.small_screen_link())
            })
    }
}
