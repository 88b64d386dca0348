use maud::{Markup, PreEscaped, Render, html};
use serde::Deserialize;

use crate::element::{Classes, Element};
use crate::options::{common_methods, text_or_mapping};
use crate::{Attributes, Content, Legend};

/// A group of fields under one legend.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fieldset {
    /// Id of the fieldset.
    pub id: Option<String>,
    /// What the group asks.
    #[serde(deserialize_with = "text_or_mapping")]
    pub legend: Option<Legend>,
    /// The fields.
    pub html: Option<String>,
    /// The ARIA role.
    pub role: Option<String>,
    /// Ids of the hint and error, with spaces between.
    pub described_by: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Fieldset);

impl Fieldset {
    /// A fieldset of these fields.
    pub fn new(legend: impl Into<Content>, fields: Markup) -> Self {
        Self { legend: Some(Legend::new(legend)), html: Some(fields.0), ..Self::default() }
    }

    /// A fieldset that a group of fields fills itself.
    pub(crate) fn titled(legend: impl Into<Content>) -> Self {
        Self { legend: Some(Legend::new(legend)), ..Self::default() }
    }

    /// Sets the legend's size: s, m, l or xl.
    #[must_use]
    pub fn legend_size(mut self, size: impl Into<String>) -> Self {
        self.legend.get_or_insert_default().size = Some(size.into());
        self
    }

    /// Makes the legend the page's `h1`, in size l.
    #[must_use]
    pub fn page_heading(mut self) -> Self {
        let legend = self.legend.get_or_insert_default();
        legend.is_page_heading = Some(true);
        legend.size = Some("l".to_owned());
        self
    }

    pub(crate) fn render_around(&self, inner: &Markup, described_by: Option<&str>) -> Markup {
        Element::new("fieldset")
            .attr("class", Classes::new("nhsuk-fieldset").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .maybe("role", self.role.as_deref())
            .maybe("aria-describedby", described_by.filter(|ids| !ids.is_empty()))
            .attributes(&self.attributes)
            .holding(html! { @if let Some(legend) = &self.legend { (legend) } (inner) })
    }
}

impl Render for Fieldset {
    fn render(&self) -> Markup {
        let inner = PreEscaped(self.html.clone().unwrap_or_default());
        self.render_around(&inner, self.described_by.as_deref())
    }
}
