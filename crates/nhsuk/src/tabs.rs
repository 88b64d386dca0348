use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::options::{common_methods, present};
use crate::{Attributes, Content};

/// Parts of a page, of which one is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tabs {
    /// Id of the tabs.
    pub id: Option<String>,
    /// What the ids of the parts start with; the id unless said.
    pub id_prefix: Option<String>,
    /// The title above the list without scripts, "Contents" unless said.
    #[serde(alias = "title")]
    pub visually_hidden_text: Option<String>,
    /// The parts.
    #[serde(deserialize_with = "present")]
    pub items: Vec<TabItem>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One part.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TabItem {
    /// Id of the part.
    pub id: Option<String>,
    /// Text of the tab.
    pub label: String,
    /// What the part shows.
    pub panel: Slot,
    /// Extra attributes of the tab.
    pub attributes: Attributes,
}

common_methods!(Tabs);

impl Tabs {
    /// Tabs without parts, whose ids start with this.
    pub fn new(id_prefix: impl Into<String>) -> Self {
        Self { id_prefix: Some(id_prefix.into()), ..Self::default() }
    }

    /// Adds a part.
    #[must_use]
    pub fn tab(mut self, id: impl Into<String>, label: impl Into<String>, panel: impl Into<Content>) -> Self {
        let (text, html) = panel.into().into_text_and_html();
        self.items.push(TabItem {
            id: Some(id.into()),
            label: label.into(),
            panel: Slot { text, html, ..Slot::default() },
            ..TabItem::default()
        });
        self
    }

    fn panel_id(&self, item: &TabItem, index: usize) -> String {
        let prefix = self.id_prefix.as_deref().or(self.id.as_deref()).unwrap_or_default();
        item.id.clone().unwrap_or_else(|| format!("{prefix}-{}", index + 1))
    }

    fn render_tab(&self, item: &TabItem, index: usize) -> Markup {
        let classes = Classes::new("nhsuk-tabs__list-item").when(index == 0, "nhsuk-tabs__list-item--selected");
        let link = Element::new("a")
            .attr("class", "nhsuk-tabs__tab")
            .attr("href", format!("#{}", self.panel_id(item, index)))
            .attributes(&item.attributes)
            .holding(&item.label);
        html! { li class=(classes) { (link) } }
    }

    fn render_panel(&self, item: &TabItem, index: usize) -> Markup {
        let inner = item.panel.inner().unwrap_or_default();
        Element::new("div")
            .attr("class", Classes::new("nhsuk-tabs__panel").when(index > 0, "nhsuk-tabs__panel--hidden"))
            .attr("id", self.panel_id(item, index))
            .attributes(&item.panel.attributes)
            .holding(html! {
                @if item.panel.html.is_some() { (inner) } @else if item.panel.text.is_some() { p { (inner) } }
            })
    }
}

impl Render for Tabs {
    fn render(&self) -> Markup {
        Element::new("div")
            .attr("class", Classes::new("nhsuk-tabs").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attr("data-module", "nhsuk-tabs")
            .attributes(&self.attributes)
            .holding(html! {
                h2 class="nhsuk-tabs__heading" { (self.visually_hidden_text.as_deref().unwrap_or("Contents")) }
                @if !self.items.is_empty() {
                    ul class="nhsuk-tabs__list" {
                        @for (index, item) in self.items.iter().enumerate() { (self.render_tab(item, index)) }
                    }
                    @for (index, item) in self.items.iter().enumerate() { (self.render_panel(item, index)) }
                }
            })
    }
}
