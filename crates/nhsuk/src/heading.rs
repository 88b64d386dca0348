use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element, names_one_of};
use crate::options::{common_methods, scalar, text_or_mapping};
use crate::{Attributes, Caption, Content};

/// A heading, alone or as a part of another component.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Heading {
    /// Id of the heading.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Words after the heading for screen readers.
    pub visually_hidden_text: Option<String>,
    /// A caption, which is part of the heading.
    #[serde(deserialize_with = "text_or_mapping")]
    pub caption: Option<Caption>,
    /// Where the heading links to.
    pub href: Option<String>,
    /// 1 to 6.
    #[serde(deserialize_with = "scalar", alias = "headingLevel")]
    pub level: Option<String>,
    /// xxs, xs, s, m, l or xl.
    pub size: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
    /// The element, when it is no `h1` to `h6`.
    pub element: Option<String>,
}

common_methods!(Heading);

impl Heading {
    /// A heading with this text.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    /// Sets the level, 1 to 6.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = Some(level.to_string());
        self
    }

    /// Sets the size: xxs, xs, s, m, l or xl.
    #[must_use]
    pub fn size(mut self, size: impl Into<String>) -> Self {
        self.size = Some(size.into());
        self
    }

    /// Adds a caption.
    #[must_use]
    pub fn caption(mut self, caption: impl Into<Content>) -> Self {
        self.caption = Some(Caption::new(caption));
        self
    }

    pub(crate) fn inner(&self) -> Option<Markup> {
        html_or_text(self.html.as_deref(), self.text.as_deref())
    }

    /// The heading's tag, with the level that its component falls back to.
    pub(crate) fn tag(&self, default_level: u8) -> String {
        match (&self.element, self.level.as_deref().filter(|level| !level.is_empty())) {
            (Some(element), _) => element.clone(),
            (None, Some(level)) => format!("h{level}"),
            (None, None) => format!("h{default_level}"),
        }
    }

    /// The heading as a part of a component, whose class it takes.
    pub(crate) fn render_as(&self, class: HeadingClass<'_>, default_level: u8) -> Markup {
        match self.inner() {
            Some(inner) => self.render_around(class, &self.tag(default_level), inner),
            None => Markup::default(),
        }
    }

    pub(crate) fn render_around(&self, class: HeadingClass<'_>, tag: &str, inner: Markup) -> Markup {
        let own_size = names_one_of(class.size_prefix, class.sizes, self.classes.as_deref());
        let size = self.size.as_deref().filter(|size| class.sizes.contains(size) && !own_size);
        let classes = class.with_size(size).also(self.classes.as_deref()).to_string();
        let caption = self.caption.as_ref().filter(|caption| caption.text.is_some() || caption.html.is_some());
        let placed = |placement| caption.filter(|caption| caption.is_placed(placement)).map(|c| c.render_sized(size));
        let start = caption.filter(|c| c.is_placed("start") || c.placement.is_none()).map(|c| c.render_sized(size));
        let linked = match &self.href {
            Some(href) => html! { a class="nhsuk-link" href=(href) { (inner) } },
            None => inner,
        };
        let element = Element::new(tag)
            .maybe("class", Some(classes).filter(|classes| !classes.is_empty()))
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html! {
                @if let Some(caption) = start { (caption) " " }
                (linked)
                @if let Some(hidden) = &self.visually_hidden_text {
                    span class="nhsuk-u-visually-hidden" { " " (hidden) }
                }
                @if let Some(caption) = placed("end") { " " (caption) }
            });
        html! { @if let Some(before) = placed("before") { (before) } (element) @if let Some(after) = placed("after") { (after) } }
    }
}

impl From<String> for Heading {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Render for Heading {
    fn render(&self) -> Markup {
        self.render_as(HeadingClass::heading(), 1)
    }
}

/// Which classes a heading has as a part of a component.
#[derive(Clone, Copy)]
pub(crate) struct HeadingClass<'a> {
    pub(crate) name: &'a str,
    pub(crate) size_prefix: &'a str,
    pub(crate) sizes: &'a [&'a str],
}

const ALL_SIZES: &[&str] = &["xxs", "xs", "s", "m", "l", "xl"];

impl<'a> HeadingClass<'a> {
    fn heading() -> Self {
        Self { name: "nhsuk-heading", size_prefix: "nhsuk-heading-", sizes: ALL_SIZES }
    }

    /// A class that takes the sizes of a plain heading.
    pub(crate) fn sized_as_heading(name: &'a str) -> Self {
        Self { name, size_prefix: "nhsuk-heading-", sizes: ALL_SIZES }
    }

    /// A class that has no sizes.
    pub(crate) fn plain(name: &'a str) -> Self {
        Self { name, size_prefix: "", sizes: &[] }
    }

    fn with_size(self, size: Option<&str>) -> Classes {
        match size {
            Some(size) if self.size_prefix == format!("{}-", self.name) => Classes::new(&format!("{}{size}", self.size_prefix)),
            size => Classes::new(self.name).suffixed(self.size_prefix, size),
        }
    }
}
