use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::heading::HeadingClass;
use crate::options::{common_methods, scalar, text_or_mapping};
use crate::{Attributes, Content, Heading};

/// News that is not about the page's own subject, such as what was just saved.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NotificationBanner {
    /// Id of the banner.
    pub id: Option<String>,
    /// The small title; "Important" or "Success" unless said.
    #[serde(deserialize_with = "text_or_mapping")]
    pub title: Option<Heading>,
    /// The old way to give the title's id.
    pub title_id: Option<String>,
    /// The old way to give the title as text.
    pub title_text: Option<String>,
    /// The old way to give the title as markup.
    pub title_html: Option<String>,
    /// The old way to give the title's level.
    #[serde(deserialize_with = "scalar")]
    pub title_heading_level: Option<String>,
    /// The news itself, as a heading.
    #[serde(deserialize_with = "text_or_mapping")]
    pub heading: Option<Heading>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// `success` for what went well.
    #[serde(alias = "type")]
    pub variant: Option<String>,
    /// The ARIA role; `alert` for success and `region` otherwise unless said.
    pub role: Option<String>,
    /// Whether the page leaves the focus where it is.
    pub disable_auto_focus: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(NotificationBanner);

impl NotificationBanner {
    /// A banner with this news.
    pub fn new(content: impl Into<Content>) -> Self {
        let (text, html) = content.into().into_text_and_html();
        Self { text, html, ..Self::default() }
    }

    /// Makes it the banner of what went well.
    #[must_use]
    pub fn success(mut self) -> Self {
        self.variant = Some("success".to_owned());
        self
    }

    /// Sets the small title.
    #[must_use]
    pub fn title(mut self, title: impl Into<Content>) -> Self {
        self.title = Some(Heading::new(title));
        self
    }

    /// Puts the news in a heading, above the content.
    #[must_use]
    pub fn heading(mut self, heading: impl Into<Content>) -> Self {
        self.heading = Some(Heading::new(heading));
        self
    }

    fn is_success(&self) -> bool {
        self.variant.as_deref() == Some("success")
    }

    fn full_title(&self) -> Heading {
        let title = self.title.clone().unwrap_or_else(|| Heading {
            id: self.title_id.clone(),
            text: self.title_text.clone(),
            html: self.title_html.clone(),
            level: self.title_heading_level.clone(),
            ..Heading::default()
        });
        let usual = if self.is_success() { "Success" } else { "Important" };
        Heading {
            id: title.id.or(Some("nhsuk-notification-banner-title".to_owned())),
            text: title.text.or(Some(usual.to_owned())),
            caption: None,
            size: None,
            element: None,
            ..title
        }
    }

    fn render_content(&self) -> Markup {
        let heading = self.heading.clone().unwrap_or_default();
        let has_heading = heading.inner().is_some();
        html! {
            (heading.render_as(HeadingClass::plain("nhsuk-notification-banner__heading"), 3))
            @if let Some(html) = html_or_text(self.html.as_deref(), None) { (html) }
            @else if let Some(text) = &self.text {
                p class=(if has_heading { "nhsuk-body" } else { "nhsuk-notification-banner__heading" }) { (text) }
            }
        }
    }
}

impl Render for NotificationBanner {
    fn render(&self) -> Markup {
        let title = self.full_title();
        let classes = Classes::new("nhsuk-notification-banner")
            .when(self.is_success(), "nhsuk-notification-banner--success")
            .also(self.classes.as_deref());
        // An alert is said at once; a region can be found later.
        let role = self.role.as_deref().unwrap_or(if self.is_success() { "alert" } else { "region" });
        Element::new("div")
            .attr("class", classes)
            .maybe("id", self.id.as_deref())
            .attr("data-module", "nhsuk-notification-banner")
            .maybe("data-disable-auto-focus", self.disable_auto_focus)
            .attr("role", role)
            .maybe("aria-labelledby", title.id.as_deref())
            .attributes(&self.attributes)
            .holding(html! {
                div class="nhsuk-notification-banner__header" {
                    (title.render_as(HeadingClass::plain("nhsuk-notification-banner__title"), 2))
                }
                div class="nhsuk-notification-banner__content" { (self.render_content()) }
            })
    }
}
