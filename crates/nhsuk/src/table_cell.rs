use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::options::scalar;
use crate::{Attributes, Content};

/// A column heading.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TableHead {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Words after the text for screen readers.
    pub visually_hidden_text: Option<String>,
    /// `numeric` for numbers.
    pub format: Option<String>,
    /// Where the heading links to.
    pub href: Option<String>,
    /// left, centre or right, for the whole column.
    pub align: Option<String>,
    /// Width, such as `one-half`.
    #[serde(deserialize_with = "scalar")]
    pub width: Option<String>,
    /// Columns it spans.
    #[serde(deserialize_with = "scalar")]
    pub colspan: Option<String>,
    /// Rows it spans.
    #[serde(deserialize_with = "scalar")]
    pub rowspan: Option<String>,
    /// `true`, or how the column is sorted now: ascending or descending.
    pub sort: Value,
    /// How the column is sorted next.
    pub sort_next: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One cell.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TableCell {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// The heading on small screens, when the column has none.
    pub header: Option<String>,
    /// Words after the text for screen readers.
    pub visually_hidden_text: Option<String>,
    /// `numeric` for numbers; the column's unless said.
    pub format: Option<String>,
    /// Where the cell links to.
    pub href: Option<String>,
    /// left, centre or right; the column's unless said.
    pub align: Option<String>,
    /// Width, such as `one-half`.
    #[serde(deserialize_with = "scalar")]
    pub width: Option<String>,
    /// Columns it spans.
    #[serde(deserialize_with = "scalar")]
    pub colspan: Option<String>,
    /// Rows it spans.
    #[serde(deserialize_with = "scalar")]
    pub rowspan: Option<String>,
    /// What the column is sorted by instead of the text.
    #[serde(deserialize_with = "scalar")]
    pub sort_value: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

impl From<String> for TableHead {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<String> for TableCell {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl TableHead {
    /// A heading with this text.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    /// Aligns a column of numbers.
    #[must_use]
    pub fn numeric(mut self) -> Self {
        self.format = Some("numeric".to_owned());
        self
    }

    /// Hides the heading from sight, for a column whose content speaks for itself.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.visually_hidden_text = self.text.take();
        self
    }

    /// Sets the width, such as `one-half`.
    #[must_use]
    pub fn width(mut self, width: impl Into<String>) -> Self {
        self.width = Some(width.into());
        self
    }

    pub(crate) fn is_sortable(&self) -> bool {
        match &self.sort {
            Value::Bool(sort) => *sort,
            Value::String(sort) => !sort.is_empty(),
            _ => false,
        }
    }

    pub(crate) fn render(&self, responsive: bool, table_is_sortable: bool, sorts_here: bool) -> Markup {
        let sort = self.sort.as_str().filter(|sort| *sort != "none" && table_is_sortable);
        let sort_next = self.sort_next.as_deref().filter(|_| table_is_sortable && sorts_here);
        let shape = CellShape {
            tag: "th",
            format: self.format.as_deref(),
            align: self.align.as_deref(),
            width: self.width.as_deref(),
            classes: self.classes.as_deref(),
        };
        shape
            .open()
            .attr("scope", "col")
            .maybe("role", responsive.then_some("columnheader"))
            .maybe("colspan", self.colspan.as_deref().filter(|_| !responsive))
            .maybe("rowspan", self.rowspan.as_deref())
            .flag("data-sort", self.is_sortable())
            .maybe("data-sort-next", sort_next)
            .maybe("aria-sort", sort)
            .attributes(&self.attributes)
            .holding(linked(self.href.as_deref(), self.words()))
    }

    fn words(&self) -> Markup {
        words(self.html.as_deref(), self.text.as_deref(), self.visually_hidden_text.as_deref())
    }
}

/// Where a cell stands.
pub(crate) struct CellPlace<'a> {
    pub(crate) head: Option<&'a TableHead>,
    /// Whether the cell is its row's heading.
    pub(crate) is_header: bool,
    pub(crate) responsive: bool,
}

impl TableCell {
    /// A cell with this content.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    /// Adds words after the text for screen readers.
    #[must_use]
    pub fn visually_hidden(mut self, text: impl Into<String>) -> Self {
        self.visually_hidden_text = Some(text.into());
        self
    }

    /// Sets the format; `numeric` for numbers.
    #[must_use]
    pub fn numeric(mut self) -> Self {
        self.format = Some("numeric".to_owned());
        self
    }

    /// Lets the cell span several columns.
    #[must_use]
    pub fn colspan(mut self, columns: usize) -> Self {
        self.colspan = Some(columns.to_string());
        self
    }

    pub(crate) fn render(&self, place: &CellPlace<'_>) -> Markup {
        let column = |field: fn(&TableHead) -> &Option<String>| place.head.and_then(|head| field(head).as_deref());
        let column_format = column(|head| &head.format);
        // Text in a column of numbers still lines up with the numbers.
        let is_text_among_numbers = self.format.as_deref() == Some("string") && column_format == Some("numeric");
        let column_align = if is_text_among_numbers { Some("right") } else { column(|head| &head.align) };
        let shape = CellShape {
            tag: if place.is_header { "th" } else { "td" },
            format: self.format.as_deref().or(column_format),
            align: self.align.as_deref().or(column_align),
            width: self.width.as_deref(),
            classes: self.classes.as_deref(),
        };
        let role = if place.is_header { "rowheader" } else { "cell" };
        shape
            .open()
            .maybe("scope", place.is_header.then_some("row"))
            .maybe("role", place.responsive.then_some(role))
            .maybe("colspan", self.colspan.as_deref().filter(|_| !place.responsive))
            .maybe("rowspan", self.rowspan.as_deref())
            .maybe("data-sort-value", self.sort_value.as_deref())
            .attributes(&self.attributes)
            .holding(self.inner(place))
    }

    fn inner(&self, place: &CellPlace<'_>) -> Markup {
        let own = words(self.html.as_deref(), self.text.as_deref(), self.visually_hidden_text.as_deref());
        let inner = linked(self.href.as_deref(), own);
        if !place.responsive {
            return inner;
        }
        let heading = match place.head {
            Some(head) => {
                words(head.html.as_deref(), head.text.as_deref().or(self.header.as_deref()), head.visually_hidden_text.as_deref())
            }
            None => words(None, self.header.as_deref(), None),
        };
        html! {
            span class="nhsuk-table__heading" aria-hidden="true" { (heading) " " }
            @if self.html.is_some() { span { (inner) } } @else { (inner) }
        }
    }
}

/// What decides a cell's element and classes.
struct CellShape<'a> {
    tag: &'static str,
    format: Option<&'a str>,
    align: Option<&'a str>,
    width: Option<&'a str>,
    classes: Option<&'a str>,
}

impl CellShape<'_> {
    fn open(&self) -> Element {
        let name = if self.tag == "th" { "nhsuk-table__header" } else { "nhsuk-table__cell" };
        let align = self.align.filter(|align| ["left", "centre", "right"].contains(align));
        let classes = Classes::new(name)
            .when(self.format == Some("numeric"), &format!("{name}--numeric"))
            .suffixed("nhsuk-u-text-align-", align)
            .suffixed("nhsuk-u-width-", self.width)
            .also(self.classes);
        Element::new(self.tag).attr("class", classes)
    }
}

fn words(html: Option<&str>, text: Option<&str>, hidden: Option<&str>) -> Markup {
    let shown = html_or_text(html, text);
    let space = if shown.is_some() { " " } else { "" };
    html! {
        @if let Some(shown) = shown { (shown) }
        @if let Some(hidden) = hidden { span class="nhsuk-u-visually-hidden" { (space) (hidden) } }
    }
}

fn linked(href: Option<&str>, inner: Markup) -> Markup {
    match href {
        Some(href) => html! { a class="nhsuk-link" href=(href) { (inner) } },
        None => inner,
    }
}
