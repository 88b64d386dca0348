use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::icon::icon;
use crate::options::{common_methods, present, scalar, text_or_mapping};
use crate::{Attributes, Content};

/// Links to the pages before and after, or to the pages of a long list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Pagination {
    /// Id of the navigation.
    pub id: Option<String>,
    /// The pages of a long list.
    #[serde(deserialize_with = "present")]
    pub items: Vec<PageItem>,
    /// The page before.
    pub previous: PageLink,
    /// The page after.
    pub next: PageLink,
    /// The old way to give the address of the page before.
    pub previous_url: Option<String>,
    /// The old way to give the title of the page before.
    pub previous_page: Option<String>,
    /// The old way to give the address of the page after.
    pub next_url: Option<String>,
    /// The old way to give the title of the page after.
    pub next_page: Option<String>,
    /// What a screen reader calls it, "Pagination" unless said.
    #[serde(alias = "landmarkLabel")]
    pub aria_label: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// A link to the page before or after.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PageLink {
    /// Text, "Previous page" or "Next page" unless said.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Title of the page.
    #[serde(deserialize_with = "text_or_mapping", alias = "labelText")]
    pub label: Option<Slot>,
    /// Address of the page; no link without one.
    pub href: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One page of a long list, or the gap between two.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PageItem {
    /// Number of the page.
    #[serde(deserialize_with = "scalar")]
    pub number: Option<String>,
    /// Address of the page.
    pub href: Option<String>,
    /// Whether it is the page shown.
    pub current: bool,
    /// Makes this a gap.
    pub ellipsis: bool,
    /// What a screen reader says, "Page 3" unless said.
    #[serde(alias = "visuallyHiddenText")]
    pub aria_label: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Pagination);

impl Pagination {
    /// A navigation without links.
    pub fn new() -> Self {
        Self::default()
    }

    /// Links to the page before.
    #[must_use]
    pub fn previous(mut self, href: impl Into<String>) -> Self {
        self.previous.href = Some(href.into());
        self
    }

    /// Links to the page before, with its title.
    #[must_use]
    pub fn previous_titled(mut self, href: impl Into<String>, title: impl Into<Content>) -> Self {
        self.previous.label = Some(slot(title));
        self.previous(href)
    }

    /// Links to the page after.
    #[must_use]
    pub fn next(mut self, href: impl Into<String>) -> Self {
        self.next.href = Some(href.into());
        self
    }

    /// Links to the page after, with its title.
    #[must_use]
    pub fn next_titled(mut self, href: impl Into<String>, title: impl Into<Content>) -> Self {
        self.next.label = Some(slot(title));
        self.next(href)
    }

    /// Adds a page of a long list.
    #[must_use]
    pub fn page(mut self, number: usize, href: impl Into<String>, current: bool) -> Self {
        self.items.push(PageItem { number: Some(number.to_string()), href: Some(href.into()), current, ..PageItem::default() });
        self
    }

    /// Adds a gap between two pages of a long list.
    #[must_use]
    pub fn gap(mut self) -> Self {
        self.items.push(PageItem { ellipsis: true, ..PageItem::default() });
        self
    }

    fn side(&self, side: Side) -> PageLink {
        let (link, url, page) = match side {
            Side::Previous => (&self.previous, &self.previous_url, &self.previous_page),
            Side::Next => (&self.next, &self.next_url, &self.next_page),
        };
        if url.is_none() && page.is_none() {
            return link.clone();
        }
        PageLink { href: url.clone(), label: page.clone().map(Slot::from), ..PageLink::default() }
    }

    fn render_numbered(&self) -> Markup {
        html! {
            (self.side(Side::Previous).render_beside_numbers(Side::Previous))
            ul class="nhsuk-pagination__list" { @for item in &self.items { (item.render()) } }
            (self.side(Side::Next).render_beside_numbers(Side::Next))
        }
    }

    fn render_unnumbered(&self) -> Markup {
        html! {
            ul class="nhsuk-list nhsuk-pagination__list" {
                (self.side(Side::Previous).render_as_item(Side::Previous))
                (self.side(Side::Next).render_as_item(Side::Next))
            }
        }
    }
}

fn slot(content: impl Into<Content>) -> Slot {
    let (text, html) = content.into().into_text_and_html();
    Slot { text, html, ..Slot::default() }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Previous,
    Next,
}

impl Side {
    fn icon(self) -> Markup {
        icon(if self == Self::Previous { "arrow-left" } else { "arrow-right" })
    }

    fn rel(self) -> &'static str {
        if self == Self::Previous { "prev" } else { "next" }
    }

    fn name(self) -> &'static str {
        if self == Self::Previous { "previous" } else { "next" }
    }
}

impl PageLink {
    fn title(&self, side: Side) -> Markup {
        let word = if side == Side::Previous { "Previous" } else { "Next" };
        let words = html_or_text(self.html.as_deref(), self.text.as_deref())
            .unwrap_or_else(|| html! { (word) span class="nhsuk-u-visually-hidden" { " page" } });
        html! { span class="nhsuk-pagination__title" { (words) } }
    }

    fn render_beside_numbers(&self, side: Side) -> Markup {
        let Some(href) = &self.href else { return Markup::default() };
        html! {
            a class={ "nhsuk-pagination__" (side.name()) } href=(href) rel=(side.rel()) {
                @if side == Side::Previous { (side.icon()) (self.title(side)) }
                @else { (self.title(side)) (side.icon()) }
            }
        }
    }

    fn render_as_item(&self, side: Side) -> Markup {
        let Some(href) = &self.href else { return Markup::default() };
        let link = Element::new("a")
            .attr("class", format!("nhsuk-pagination__link nhsuk-pagination__link--{}", side.rel()))
            .attr("href", href)
            .attr("rel", side.rel())
            .attributes(&self.attributes)
            .holding(html! {
                (self.title(side))
                @if let Some(label) = self.label.as_ref().and_then(Slot::inner) {
                    span class="nhsuk-u-visually-hidden" { ":" }
                    " "
                    span class="nhsuk-pagination__page" { (label) }
                }
                (side.icon())
            });
        html! { li class={ "nhsuk-pagination-item--" (side.name()) } { (link) } }
    }
}

impl PageItem {
    fn render(&self) -> Markup {
        let classes = Classes::new("nhsuk-pagination__item")
            .when(self.current, "nhsuk-pagination__item--current")
            .when(self.ellipsis, "nhsuk-pagination__item--ellipsis")
            .also(self.classes.as_deref());
        if self.ellipsis {
            return html! { li class=(classes) { "⋯" } };
        }
        let number = self.number.as_deref().unwrap_or_default();
        let label = self.aria_label.clone().unwrap_or_else(|| format!("Page {number}"));
        let link = Element::new("a")
            .attr("class", "nhsuk-pagination__link")
            .attr("href", self.href.as_deref().unwrap_or_default())
            .attr("aria-label", label)
            .maybe("aria-current", self.current.then_some("page"))
            .attributes(&self.attributes)
            .holding(number);
        html! { li class=(classes) { (link) } }
    }
}

impl Render for Pagination {
    fn render(&self) -> Markup {
        let is_numbered = !self.items.is_empty();
        let classes = Classes::new("nhsuk-pagination").when(is_numbered, "nhsuk-pagination--numbered").also(self.classes.as_deref());
        Element::new("nav")
            .attr("class", classes)
            .maybe("id", self.id.as_deref())
            .attr("role", "navigation")
            .attr("aria-label", self.aria_label.as_deref().unwrap_or("Pagination"))
            .attributes(&self.attributes)
            .holding(if is_numbered { self.render_numbered() } else { self.render_unnumbered() })
    }
}
