use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::element::{Classes, Element};
use crate::header_parts::{
    AccountItem, HeaderAccount, HeaderLogo, HeaderNavigation, HeaderOrganisation, HeaderSearch, HeaderService, NavigationItem,
};
use crate::options::{common_methods, mapping_or_flag};
use crate::{Attributes, Content};

/// The head of every page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Header {
    /// Id of the header.
    pub id: Option<String>,
    /// Leaves out the NHS logo, which only NHS services may show. Not an official option: the
    /// official macro always shows a logo.
    #[serde(skip)]
    pub without_logo: bool,
    /// The logo.
    pub logo: HeaderLogo,
    /// The service's name.
    pub service: HeaderService,
    /// The organisation beside the logo.
    pub organisation: Option<HeaderOrganisation>,
    /// The search field.
    #[serde(deserialize_with = "mapping_or_flag")]
    pub search: Option<HeaderSearch>,
    /// Who is signed in.
    pub account: Option<HeaderAccount>,
    /// The navigation.
    pub navigation: HeaderNavigation,
    /// `white` for a white header.
    pub colour: Option<String>,
    /// Keeps everything on one line.
    pub inline: bool,
    /// Extra classes of the containers.
    pub container_classes: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Header);

impl Header {
    /// A header without the NHS logo, with the service's name as a link.
    pub fn new(service_name: impl Into<String>, href: impl Into<String>) -> Self {
        Self { without_logo: true, service: HeaderService { text: Some(service_name.into()), href: Some(href.into()) }, ..Self::default() }
    }

    /// Shows a logo that the organisation supplies and is entitled to, as an image with its name.
    #[must_use]
    pub fn logo_image(mut self, src: impl Into<String>, alt: impl Into<String>) -> Self {
        self.without_logo = false;
        self.logo.src = Some(src.into());
        self.logo.alt = Some(alt.into());
        self
    }

    /// Names the organisation.
    #[must_use]
    pub fn organisation(mut self, name: impl Into<String>) -> Self {
        self.organisation = Some(HeaderOrganisation { name: Some(name.into()), ..HeaderOrganisation::default() });
        self
    }

    /// Makes the header white.
    #[must_use]
    pub fn white(mut self) -> Self {
        self.colour = Some("white".to_owned());
        self
    }

    /// Adds a link to the navigation.
    #[must_use]
    pub fn navigation_link(mut self, href: impl Into<String>, text: impl Into<Content>, current: bool) -> Self {
        let (text, html) = text.into().into_text_and_html();
        let item = NavigationItem { href: Some(href.into()), text, html, current, ..NavigationItem::default() };
        self.navigation.items.push(item);
        self
    }

    /// Says who is signed in.
    #[must_use]
    pub fn account_text(self, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.account_item(AccountItem { text, html, icon: true, ..AccountItem::default() })
    }

    /// Adds a link about the account.
    #[must_use]
    pub fn account_link(self, href: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.account_item(AccountItem { href: Some(href.into()), text, html, ..AccountItem::default() })
    }

    /// Adds a button that posts here, such as to sign out, with fields such as a CSRF token.
    #[must_use]
    pub fn account_form(self, action: impl Into<String>, text: impl Into<Content>, fields: Markup) -> Self {
        let (text, html) = text.into().into_text_and_html();
        self.account_item(AccountItem { action: Some(action.into()), hidden_fields: fields.0, text, html, ..AccountItem::default() })
    }

    /// Adds an item about the account.
    #[must_use]
    pub fn account_item(mut self, item: AccountItem) -> Self {
        self.account.get_or_insert_default().items.push(item);
        self
    }

    /// Two links to one address side by side would be read out twice, so logo and name share one.
    fn is_one_link(&self) -> bool {
        let has_name = self.service.text.as_deref().is_some_and(|text| !text.is_empty());
        let service = self.service.href.as_deref().filter(|href| !href.is_empty());
        (has_name && service.is_some() && self.logo.href.is_none()) || (service.is_some() && service == self.logo.href.as_deref())
    }

    fn render_service(&self) -> Markup {
        let one_link = self.is_one_link();
        let href = if one_link { &self.service.href } else { &self.logo.href };
        let logo = self.render_logo();
        let name = |href: Option<&str>| self.service.render(href);
        html! {
            div class="nhsuk-header__service" {
                @if let Some(href) = href {
                    a class="nhsuk-header__service-logo" href=(href) aria-label=(self.logo_label(one_link)) {
                        (logo)
                        @if one_link { (name(None)) }
                    }
                } @else { (logo) }
                @if !one_link { (name(self.service.href.as_deref())) }
            }
        }
    }

    fn logo_label(&self, one_link: bool) -> String {
        if let Some(label) = self.logo.aria_label.as_ref().filter(|label| !label.is_empty()) {
            return label.clone();
        }
        let alt = (!self.without_logo).then(|| self.logo.alt.as_deref().unwrap_or("NHS"));
        let organisation = self.organisation.as_ref();
        let parts = [
            alt,
            organisation.and_then(|organisation| organisation.name.as_deref()),
            organisation.and_then(|organisation| organisation.split.as_deref()),
            self.service.text.as_deref().filter(|_| one_link),
            Some("homepage"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn render_logo(&self) -> Markup {
        let alt = self.logo.alt.as_deref().unwrap_or("NHS");
        html! {
            @if self.without_logo {}
            @else if let Some(src) = &self.logo.src {
                img class="nhsuk-header__organisation-logo" src=(src) width="280" alt=(alt);
            } @else if let Some(path) = &self.logo.path {
                svg class="nhsuk-header__logo" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 80"
                    height="40" width="100" focusable="false" role="img" aria-label=(alt) {
                    title { (alt) }
                    path fill="currentcolor" d=(path) {}
                }
            }
            @if let Some(organisation) = &self.organisation { (organisation.render()) }
        }
    }

    fn container(&self, class: &str) -> Classes {
        Classes::new(class).also(Some("nhsuk-width-container")).also(self.container_classes.as_deref())
    }
}

impl Render for Header {
    fn render(&self) -> Markup {
        let classes = Classes::new("nhsuk-header")
            .suffixed("nhsuk-header--", self.colour.as_deref().filter(|colour| *colour == "white"))
            .when(self.inline, "nhsuk-header--inline")
            .when(self.organisation.is_some(), "nhsuk-header--organisation")
            .also(self.classes.as_deref());
        let navigation_container = self.container("nhsuk-header__navigation-container").to_string();
        Element::new("header")
            .attr("class", classes)
            .maybe("id", self.id.as_deref())
            .attr("data-module", "nhsuk-header")
            .attr("role", "banner")
            .attributes(&self.attributes)
            .holding(html! {
                div class=(self.container("nhsuk-header__container")) {
                    (self.render_service())
                    @if let Some(search) = &self.search { (search.render()) }
                    @if let Some(account) = &self.account { (account.render()) }
                }
                @if !self.navigation.items.is_empty() { (self.navigation.render(&navigation_container)) }
            })
    }
}
