use maud::{Markup, PreEscaped, Render, html};
use serde::Deserialize;

use crate::card_action::{CardAction, CardActions};
use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::options::{common_methods, mapping_or_flag, present, scalar, text_or_mapping};
use crate::{Attributes, Card, Content};

/// Questions and their answers, with links to change them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SummaryList {
    /// Id of the list.
    pub id: Option<String>,
    /// The rows.
    #[serde(deserialize_with = "present")]
    pub rows: Vec<SummaryRow>,
    /// Own rows as markup.
    pub html: Option<String>,
    /// The card around the list.
    #[serde(deserialize_with = "mapping_or_flag")]
    pub card: Option<Card>,
    /// Whether rows have a line under them.
    pub border: Option<bool>,
    /// Whether the last row has one.
    pub last_row_border: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One row of a summary list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SummaryRow {
    /// Id of the row.
    pub id: Option<String>,
    /// What was asked.
    #[serde(deserialize_with = "text_or_mapping")]
    pub key: Option<SummaryCell>,
    /// What was answered.
    #[serde(deserialize_with = "text_or_mapping")]
    pub value: Option<SummaryCell>,
    /// What can be done about it.
    pub actions: CardActions,
    /// Whether the row has a line under it.
    pub border: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// The key or the value of a row.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SummaryCell {
    /// Id of the cell.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Width, such as `one-half`.
    #[serde(deserialize_with = "scalar")]
    pub width: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

impl SummaryCell {
    fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    fn render_as(&self, tag: &str, class: &str) -> Markup {
        Element::new(tag)
            .attr("class", Classes::new(class).suffixed("nhsuk-u-width-", self.width.as_deref()).also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default())
    }
}

impl From<String> for SummaryCell {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

common_methods!(SummaryList);

impl SummaryList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    #[must_use]
    pub fn row(mut self, key: impl Into<Content>, value: impl Into<Content>) -> Self {
        self.rows.push(SummaryRow::new(key, value));
        self
    }

    /// Adds a row with one link; the hidden words say what it changes and may be empty.
    #[must_use]
    pub fn row_action(
        mut self,
        key: impl Into<Content>,
        value: impl Into<Content>,
        href: impl Into<String>,
        action: impl Into<Content>,
        visually_hidden: impl Into<String>,
    ) -> Self {
        self.rows.push(SummaryRow::new(key, value).action(href, action, visually_hidden));
        self
    }

    /// Adds a row that needs more than these methods say.
    #[must_use]
    pub fn summary_row(mut self, row: SummaryRow) -> Self {
        self.rows.push(row);
        self
    }

    /// Leaves out the lines between rows.
    #[must_use]
    pub fn no_border(mut self) -> Self {
        self.border = Some(false);
        self
    }

    /// Puts the list in a card, whose own description it replaces.
    #[must_use]
    pub fn card(mut self, card: Card) -> Self {
        self.card = Some(card);
        self
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn render_row(&self, row: &SummaryRow, is_last: bool) -> Markup {
        let has_actions = self.rows.iter().any(|row| !row.actions.items.is_empty());
        let says = |class: &str| self.classes.as_deref().is_some_and(|classes| classes.contains(class));
        let list_decides = says("nhsuk-summary-list--no-border")
            || says("nhsuk-summary-list--no-last-row-border")
            || (self.last_row_border == Some(false) && is_last);
        let classes = Classes::new("nhsuk-summary-list__row")
            .when(has_actions && row.actions.items.is_empty(), "nhsuk-summary-list__row--no-actions")
            .when(row.border == Some(false) && !list_decides, "nhsuk-summary-list__row--no-border")
            .also(row.classes.as_deref());
        let (key, value) = (row.key.clone().unwrap_or_default(), row.value.clone().unwrap_or_default());
        Element::new("div").attr("class", classes).maybe("id", row.id.as_deref()).attributes(&row.attributes).holding(html! {
            (key.render_as("dt", "nhsuk-summary-list__key"))
            (value.render_as("dd", "nhsuk-summary-list__value"))
            (self.render_actions(&row.actions))
        })
    }

    fn render_actions(&self, actions: &CardActions) -> Markup {
        let card_heading = self.card.as_ref().and_then(|card| card.heading.as_ref());
        let inner = match actions.items.as_slice() {
            [] => return Markup::default(),
            [action] => action.render_in(card_heading),
            actions => html! {
                ul class="nhsuk-summary-list__actions-list" {
                    @for action in actions {
                        li class="nhsuk-summary-list__actions-list-item" { (action.render_in(card_heading)) }
                    }
                }
            },
        };
        let classes = Classes::new("nhsuk-summary-list__actions")
            .suffixed("nhsuk-u-width-", actions.width.as_deref())
            .also(actions.classes.as_deref());
        Element::new("dd").attr("class", classes).maybe("id", actions.id.as_deref()).attributes(&actions.attributes).holding(inner)
    }
}

impl SummaryRow {
    /// A row of this question and answer.
    pub fn new(key: impl Into<Content>, value: impl Into<Content>) -> Self {
        Self { key: Some(SummaryCell::new(key)), value: Some(SummaryCell::new(value)), ..Self::default() }
    }

    /// Adds a link; the hidden words say what it changes and may be empty.
    #[must_use]
    pub fn action(mut self, href: impl Into<String>, text: impl Into<Content>, visually_hidden: impl Into<String>) -> Self {
        self.actions.items.push(CardAction::new(href, text).visually_hidden(visually_hidden));
        self
    }
}

impl Render for SummaryList {
    fn render(&self) -> Markup {
        let classes = Classes::new("nhsuk-summary-list")
            .when(self.border == Some(false), "nhsuk-summary-list--no-border")
            .when(self.border != Some(false) && self.last_row_border == Some(false), "nhsuk-summary-list--no-last-row-border")
            .also(self.classes.as_deref());
        let list = Element::new("dl").attr("class", classes).maybe("id", self.id.as_deref()).attributes(&self.attributes).holding(html! {
            @if let Some(html) = &self.html { (PreEscaped(html)) }
            @else {
                @for (index, row) in self.rows.iter().enumerate() {
                    (self.render_row(row, index + 1 == self.rows.len()))
                }
            }
        });
        match &self.card {
            Some(card) => Card { description: Some(Slot::html(list)), ..card.clone() }.render(),
            None => list,
        }
    }
}
