use maud::{Markup, PreEscaped, Render, html};
use serde::Deserialize;

use crate::card_action::{CardAction, CardActions};
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::heading::HeadingClass;
use crate::icon::icon;
use crate::options::{common_methods, scalar, text_or_mapping};
use crate::{Attributes, Content, Heading};

/// A box of content, a link as a box, or a care card.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Card {
    /// Id of the card.
    pub id: Option<String>,
    /// The heading.
    #[serde(deserialize_with = "text_or_mapping")]
    pub heading: Option<Heading>,
    /// The old way to give the heading's id.
    pub heading_id: Option<String>,
    /// The old way to give the heading as markup.
    pub heading_html: Option<String>,
    /// The old way to give the heading's hidden words.
    pub heading_visually_hidden_text: Option<String>,
    /// The old way to give the heading's size.
    pub heading_size: Option<String>,
    /// The old way to give the heading's level.
    #[serde(deserialize_with = "scalar")]
    pub heading_level: Option<String>,
    /// The old way to give the heading's classes.
    pub heading_classes: Option<String>,
    /// What the card says; text stands in a paragraph.
    #[serde(deserialize_with = "text_or_mapping")]
    pub description: Option<Slot>,
    /// The old way to give the description as markup.
    pub description_html: Option<String>,
    /// Links beside the heading.
    pub actions: CardActions,
    /// The image.
    pub image: CardImage,
    /// Where the heading links to.
    pub href: Option<String>,
    /// Whether the whole card is a link.
    pub clickable: bool,
    /// A card whose heading overlaps its top.
    pub feature: bool,
    /// A card with a chevron.
    pub primary: bool,
    /// A card without a box.
    pub secondary: bool,
    /// feature, primary, secondary, warning, non-urgent, urgent or emergency.
    #[serde(alias = "type")]
    pub variant: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// The image of a card.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CardImage {
    /// Address of the image.
    pub src: Option<String>,
    /// What a screen reader says instead.
    pub alt: Option<String>,
    /// Own markup instead.
    pub html: Option<String>,
}

common_methods!(Card);

impl Card {
    /// A card of this content.
    pub fn new(heading: impl Into<String>, content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { heading: Some(Heading::new(heading.into())), description: Some(Slot { text, html, ..Slot::default() }), ..Self::default() }
    }

    /// A card that is a link as a whole.
    pub fn clickable(href: impl Into<String>, heading: impl Into<String>, description: impl Into<Content>) -> Self {
        Self { href: Some(href.into()), clickable: true, ..Self::new(heading, description) }
    }

    /// Advice for an emergency: red and black.
    pub fn care_emergency(heading: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::new(heading, content).variant("emergency")
    }

    /// Advice to ask for help today: red.
    pub fn care_urgent(heading: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::new(heading, content).variant("urgent")
    }

    /// Advice that can wait: blue.
    pub fn care_non_urgent(heading: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::new(heading, content).variant("non-urgent")
    }

    /// Sets the heading's level, 2 unless said.
    #[must_use]
    pub fn heading_level(mut self, level: u8) -> Self {
        self.heading.get_or_insert_default().level = Some(level.to_string());
        self
    }

    /// Sets the heading's size: s, m, l or xl.
    #[must_use]
    pub fn heading_size(mut self, size: impl Into<String>) -> Self {
        self.heading.get_or_insert_default().size = Some(size.into());
        self
    }

    /// Sets the id of the heading.
    #[must_use]
    pub fn heading_id(mut self, id: impl Into<String>) -> Self {
        self.heading.get_or_insert_default().id = Some(id.into());
        self
    }

    /// A card whose heading overlaps its top.
    #[must_use]
    pub fn feature(self) -> Self {
        self.variant("feature")
    }

    /// A card without a box.
    #[must_use]
    pub fn secondary(self) -> Self {
        self.variant("secondary")
    }

    /// Sets the variant by its official name.
    #[must_use]
    pub fn variant(mut self, variant: impl Into<String>) -> Self {
        self.variant = Some(variant.into());
        self
    }

    /// Adds a link beside the heading; the hidden words may be empty.
    #[must_use]
    pub fn action(mut self, href: impl Into<String>, text: impl Into<Content>, visually_hidden: impl Into<String>) -> Self {
        self.actions.items.push(CardAction::new(href, text).visually_hidden(visually_hidden));
        self
    }

    fn full_heading(&self) -> Heading {
        self.heading.clone().unwrap_or_else(|| Heading {
            id: self.heading_id.clone(),
            html: self.heading_html.clone(),
            visually_hidden_text: self.heading_visually_hidden_text.clone(),
            size: self.heading_size.clone(),
            level: self.heading_level.clone(),
            classes: self.heading_classes.clone(),
            ..Heading::default()
        })
    }

    fn is_variant(&self, variant: &str) -> bool {
        self.variant.as_deref() == Some(variant)
            || self.classes.as_deref().is_some_and(|classes| classes.contains(&format!("nhsuk-card--{variant}")))
    }

    fn class_list(&self, care: Option<&str>) -> Classes {
        let plain = ["feature", "primary", "secondary", "warning"];
        let variant = self.variant.as_deref().filter(|variant| plain.contains(variant));
        Classes::new("nhsuk-card")
            .when(self.clickable, "nhsuk-card--clickable")
            .when(self.feature, "nhsuk-card--feature")
            .when(self.primary, "nhsuk-card--primary")
            .when(self.secondary, "nhsuk-card--secondary")
            .suffixed("nhsuk-card--", variant)
            .when(care.is_some(), "nhsuk-card--care")
            .suffixed("nhsuk-card--care--", care)
            .also(self.classes.as_deref())
    }

    fn render_heading(&self, heading: &Heading, care: Option<&str>) -> Markup {
        let hidden = heading.visually_hidden_text.as_deref().or(care.map(|care| match care {
            "emergency" => "Immediate action required",
            "urgent" => "Urgent advice",
            _ => "Non-urgent advice",
        }));
        let is_feature = self.feature || self.is_variant("feature");
        let words = heading.text.as_deref().filter(|text| !text.is_empty()).map(|text| match (&self.href, hidden) {
            (Some(href), _) if !is_feature => html! { a class="nhsuk-card__link" href=(href) { (text) } },
            (_, Some(hidden)) => html! {
                span role="text" { span class="nhsuk-u-visually-hidden" { (hidden) ": " } (text) }
            },
            _ => text.render(),
        });
        let tag = format!("h{}", heading.level.as_deref().unwrap_or("2"));
        let outer = Heading { visually_hidden_text: None, href: None, ..heading.clone() };
        html! {
            @if let Some(words) = words {
                (outer.render_around(HeadingClass::sized_as_heading("nhsuk-card__heading"), &tag, words))
            }
            @if let Some(html) = &heading.html { (PreEscaped(html)) }
            @if care.is_some() { span class="nhsuk-card--care__arrow" aria-hidden="true" {} }
        }
    }

    fn render_actions(&self) -> Markup {
        // The heading is named only as the `heading` option gives it.
        let heading = self.heading.as_ref();
        let classes = Classes::new("nhsuk-card__actions").also(self.actions.classes.as_deref());
        match self.actions.items.as_slice() {
            [] => Markup::default(),
            [action] => html! { div class=(classes) { (action.render_in(heading)) } },
            actions => html! {
                ul class=(classes) {
                    @for action in actions { li class="nhsuk-card__action" { (action.render_in(heading)) } }
                }
            },
        }
    }

    fn render_image(&self) -> Markup {
        html! {
            @if let Some(html) = &self.image.html { (PreEscaped(html)) }
            @else if let Some(src) = &self.image.src {
                img class="nhsuk-card__img" src=(src) alt=(self.image.alt.as_deref().unwrap_or_default());
            }
        }
    }

    fn render_content(&self, heading: Option<Markup>) -> Markup {
        let description = self.description.clone().unwrap_or_else(|| Slot { html: self.description_html.clone(), ..Slot::default() });
        let has_html = description.html.as_deref().is_some_and(|html| !html.is_empty());
        let is_primary = self.primary || self.is_variant("primary");
        Element::new("div")
            .attr("class", Classes::new("nhsuk-card__content").also(description.classes.as_deref()))
            .attributes(&description.attributes)
            .holding(html! {
                @if let Some(heading) = heading { (heading) }
                @if let Some(inner) = description.inner() {
                    @if has_html { (inner) } @else { p class="nhsuk-card__description" { (inner) } }
                }
                @if is_primary { (icon("chevron-right-circle")) }
            })
    }
}

impl Render for Card {
    fn render(&self) -> Markup {
        let heading = self.full_heading();
        let has_heading = heading.inner().is_some();
        let care = self.variant.as_deref().filter(|variant| has_heading && ["non-urgent", "urgent", "emergency"].contains(variant));
        let heading = has_heading.then(|| self.render_heading(&heading, care));
        let stands_apart = care.is_some() || !self.actions.items.is_empty();
        let (apart, inside) = if stands_apart { (heading, None) } else { (None, heading) };
        Element::new("div").attr("class", self.class_list(care)).maybe("id", self.id.as_deref()).attributes(&self.attributes).holding(
            html! {
                (self.render_image())
                @if stands_apart {
                    div class="nhsuk-card__heading-container" {
                        @if let Some(heading) = apart { (heading) }
                        (self.render_actions())
                    }
                }
                (self.render_content(inside))
            },
        )
    }
}
