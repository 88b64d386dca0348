use maud::{Markup, Render, html};
use serde::Deserialize;
use serde_json::Value;

use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::heading::HeadingClass;
use crate::options::{common_methods, mapping_or_flag, present, scalar, text_or_mapping};
use crate::table_cell::{CellPlace, TableCell, TableHead};
use crate::{Attributes, Caption, Card, Content, Heading};

/// A table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Table {
    /// Id of the table.
    pub id: Option<String>,
    /// What the table shows.
    #[serde(deserialize_with = "text_or_mapping")]
    pub caption: Option<Heading>,
    /// The old way to give the caption's size.
    pub caption_size: Option<String>,
    /// The old way to give the caption's classes.
    pub caption_classes: Option<String>,
    /// The column headings.
    #[serde(deserialize_with = "heads")]
    pub head: Vec<TableHead>,
    /// The rows.
    #[serde(deserialize_with = "rows")]
    pub rows: Vec<Vec<TableCell>>,
    /// Whether the first cell of each row is its heading.
    pub first_cell_is_header: bool,
    /// Whether small screens show rows as lists.
    pub responsive: bool,
    /// Whether small screens scroll the table sideways.
    pub scroll: bool,
    /// Less space in cells.
    pub compact: bool,
    /// Every second row is shaded.
    pub striped: bool,
    /// Whether rows have a line under them.
    pub border: Option<bool>,
    /// Whether the last row has one.
    pub last_row_border: Option<bool>,
    /// `reverse` for dark backgrounds.
    pub variant: Option<String>,
    /// The card around the table.
    #[serde(deserialize_with = "mapping_or_flag")]
    pub card: Option<Card>,
    /// The old way to ask for a feature card.
    pub panel: bool,
    /// The old way to give the card's classes.
    pub panel_classes: Option<String>,
    /// The old way to give the card's heading.
    pub heading: Option<String>,
    /// The old way to give the level of the card's heading.
    #[serde(deserialize_with = "scalar")]
    pub heading_level: Option<String>,
    /// What is said when the table is sorted.
    pub sort_announcement_text: Option<String>,
    /// The word for ascending.
    pub ascending_text: Option<String>,
    /// The word for descending.
    pub descending_text: Option<String>,
    /// Extra classes.
    #[serde(alias = "tableClasses")]
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

fn heads<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<TableHead>, D::Error> {
    let values: Vec<Value> = present(deserializer)?;
    values.into_iter().map(|value| one::<TableHead>(value).map_err(serde::de::Error::custom)).collect()
}

fn rows<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<TableCell>>, D::Error> {
    let rows: Vec<Value> = present(deserializer)?;
    rows.into_iter()
        .map(|row| {
            let cells: Vec<Value> = present(row)?;
            cells.into_iter().map(one::<TableCell>).collect()
        })
        .collect::<Result<_, serde_json::Error>>()
        .map_err(serde::de::Error::custom)
}

/// A cell as text alone or as a mapping.
fn one<T>(value: Value) -> Result<T, serde_json::Error>
where
    T: serde::de::DeserializeOwned + Default + From<String>,
{
    text_or_mapping(value).map(Option::unwrap_or_default)
}

common_methods!(Table);

impl Table {
    /// A table that shows this.
    pub fn new(caption: impl Into<Content>) -> Self {
        Self { caption: Some(Heading::new(caption)), ..Self::default() }
    }

    /// Sets the column headings.
    #[must_use]
    pub fn head(mut self, headings: impl IntoIterator<Item = impl Into<Content>>) -> Self {
        self.head = headings.into_iter().map(TableHead::new).collect();
        self
    }

    /// Sets the column headings, where some need more than text.
    #[must_use]
    pub fn head_cells(mut self, headings: impl IntoIterator<Item = TableHead>) -> Self {
        self.head = headings.into_iter().collect();
        self
    }

    /// Adds a row.
    #[must_use]
    pub fn row(self, cells: impl IntoIterator<Item = impl Into<Content>>) -> Self {
        self.row_cells(cells.into_iter().map(TableCell::new))
    }

    /// Adds a row, where some cells need more than content.
    #[must_use]
    pub fn row_cells(mut self, cells: impl IntoIterator<Item = TableCell>) -> Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    /// Makes the first cell of each row its heading.
    #[must_use]
    pub fn first_cell_is_header(mut self) -> Self {
        self.first_cell_is_header = true;
        self
    }

    /// Shows rows as lists on small screens.
    #[must_use]
    pub fn responsive(mut self) -> Self {
        self.responsive = true;
        self
    }

    /// Scrolls the table sideways on small screens.
    #[must_use]
    pub fn scroll(mut self) -> Self {
        self.scroll = true;
        self
    }

    /// Leaves less space in cells.
    #[must_use]
    pub fn compact(mut self) -> Self {
        self.compact = true;
        self
    }

    /// Shades every second row.
    #[must_use]
    pub fn striped(mut self) -> Self {
        self.striped = true;
        self
    }

    /// Sets the caption's size: s, m, l or xl.
    #[must_use]
    pub fn caption_size(mut self, size: impl Into<String>) -> Self {
        self.caption.get_or_insert_default().size = Some(size.into());
        self
    }

    /// Hides the caption from sight; screen readers still say it.
    #[must_use]
    pub fn visually_hidden_caption(mut self) -> Self {
        self.caption.get_or_insert_default().classes = Some("nhsuk-u-visually-hidden".to_owned());
        self
    }

    /// Puts the table in a card, whose own description it replaces.
    #[must_use]
    pub fn card(mut self, card: Card) -> Self {
        self.card = Some(card);
        self
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn is_reverse(&self) -> bool {
        self.variant.as_deref() == Some("reverse")
    }

    fn is_sortable(&self) -> bool {
        self.head.iter().any(TableHead::is_sortable)
    }

    fn full_caption(&self) -> Heading {
        let caption = self.caption.clone().unwrap_or_default();
        let slug = |text: &String| {
            let slug: String = text.replace(' ', "-").to_lowercase().chars().take(40).collect();
            format!("table-{slug}-caption")
        };
        // A region that scrolls needs a name, so a scrolling table's caption always has an id.
        let scroll_id = || match (&self.id, &caption.text) {
            (Some(id), _) => Some(format!("{id}-caption")),
            (None, text) => text.as_ref().map(slug),
        };
        let hidden =
            caption.visually_hidden_text.clone().or_else(|| self.has_sortable_class().then(|| "Column headers are sortable".to_owned()));
        let size = caption.size.clone().or_else(|| self.caption_size.clone());
        Heading {
            id: caption.id.clone().or_else(|| self.scroll.then(scroll_id).flatten()),
            visually_hidden_text: hidden.map(|hidden| format!("({hidden})")),
            caption: caption.caption.clone().map(|inner| Caption {
                placement: inner.placement.clone().filter(|placement| placement == "start" || placement == "end"),
                ..inner.sized(size.as_deref())
            }),
            classes: caption.classes.clone().or_else(|| self.caption_classes.clone()),
            size,
            href: None,
            ..caption
        }
    }

    fn has_sortable_class(&self) -> bool {
        self.is_sortable() || self.classes.as_deref().is_some_and(|classes| classes.contains("nhsuk-table--sortable"))
    }

    fn class_list(&self) -> Classes {
        Classes::new("nhsuk-table")
            .when(self.is_reverse(), "nhsuk-table--reverse")
            .when(self.compact, "nhsuk-table--compact")
            .when(self.responsive, "nhsuk-table--responsive")
            .when(self.border == Some(false), "nhsuk-table--no-border")
            .when(self.border != Some(false) && self.last_row_border == Some(false), "nhsuk-table--no-last-row-border")
            .when(self.is_sortable(), "nhsuk-table--sortable")
            .when(self.striped, "nhsuk-table--striped")
            .also(self.classes.as_deref())
    }

    fn attribute_list(&self, sorts_here: bool) -> Attributes {
        Attributes::default()
            .with("data-module", (self.has_sortable_class() && sorts_here).then_some("nhsuk-table"))
            .with_message("sort-announcement", self.sort_announcement_text.as_deref())
            .with_message("ascending", self.ascending_text.as_deref())
            .with_message("descending", self.descending_text.as_deref())
            .with("role", self.responsive.then_some("table"))
            .and(&self.attributes)
    }

    fn render_rows(&self, sorts_here: bool) -> Markup {
        let role = |role: &'static str| self.responsive.then_some(role);
        let sortable = self.is_sortable();
        let is_header = |column: usize| column == 0 && self.first_cell_is_header;
        html! {
            @if !self.head.is_empty() {
                thead class="nhsuk-table__head" role=[role("rowgroup")] {
                    tr class="nhsuk-table__row" role=[role("row")] {
                        @for head in &self.head { (head.render(self.responsive, sortable, sorts_here)) }
                    }
                }
            }
            tbody class="nhsuk-table__body" {
                @for row in &self.rows {
                    tr class="nhsuk-table__row" role=[role("row")] {
                        @for (column, cell) in row.iter().enumerate() {
                            (cell.render(&CellPlace {
                                head: self.head.get(column),
                                is_header: is_header(column),
                                responsive: self.responsive,
                            }))
                        }
                    }
                }
            }
        }
    }

    fn render_scrolling(&self, caption: &Heading, table: Markup) -> Markup {
        let classes = Classes::new("nhsuk-scroll").when(self.is_reverse(), "nhsuk-scroll--reverse");
        html! {
            div class=(classes) data-module="nhsuk-scroll" {
                div class="nhsuk-scroll__content" role="region" aria-labelledby=[&caption.id] { (table) }
            }
        }
    }

    fn render_card(&self, table: Markup) -> Markup {
        let card = self.card.clone().unwrap_or_default();
        let heading =
            card.heading.or_else(|| self.heading.clone().map(|text| Heading { level: self.heading_level.clone(), ..Heading::new(text) }));
        Card {
            heading,
            description: Some(Slot::html(table)),
            classes: self.panel_classes.clone().or(card.classes),
            variant: card.variant.or_else(|| self.panel.then(|| "feature".to_owned())),
            ..card
        }
        .render()
    }
}

const CAPTION: HeadingClass<'static> =
    HeadingClass { name: "nhsuk-table__caption", size_prefix: "nhsuk-table__caption--", sizes: &["s", "m", "l", "xl"] };

impl Render for Table {
    fn render(&self) -> Markup {
        let caption = self.full_caption();
        // A column heading with a link is sorted by the server, not by the script.
        let sorts_here = !self.head.iter().any(|head| head.href.is_some() && self.is_sortable());
        let table = Element::new("table")
            .attr("class", self.class_list())
            .maybe("id", self.id.as_deref())
            .attributes(&self.attribute_list(sorts_here))
            .holding(html! {
                @if let Some(inner) = caption.inner() { (caption.render_around(CAPTION, "caption", inner)) }
                (self.render_rows(sorts_here))
            });
        let table = if self.scroll { self.render_scrolling(&caption, table) } else { table };
        if self.card.is_some() || self.panel { self.render_card(table) } else { table }
    }
}
