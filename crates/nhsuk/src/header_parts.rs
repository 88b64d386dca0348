use maud::{Markup, PreEscaped, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::icon::icon;
use crate::options::present;
use crate::{Attributes, Button, ButtonIcon, FormGroup, Input, Label};

/// The logo of a header.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HeaderLogo {
    /// Where the logo links to.
    pub href: Option<String>,
    /// Own image instead of the NHS logo.
    pub src: Option<String>,
    /// The drawing of the NHS logo (an SVG path, 200 by 80). It is not shipped: whoever may show it supplies it.
    #[serde(skip)]
    pub path: Option<String>,
    /// What a screen reader says instead of the image.
    pub alt: Option<String>,
    /// What a screen reader calls the link.
    pub aria_label: Option<String>,
}

/// The service of a header.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HeaderService {
    /// Its name.
    pub text: Option<String>,
    /// Its first page.
    pub href: Option<String>,
}

impl HeaderService {
    pub(crate) fn render(&self, href: Option<&str>) -> Markup {
        html! {
            @if let Some(text) = self.text.as_deref().filter(|text| !text.is_empty()) {
                @if let Some(href) = href { a class="nhsuk-header__service-name" href=(href) { (text) } }
                @else { span class="nhsuk-header__service-name" { (text) } }
            }
        }
    }
}

/// The organisation of a header.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HeaderOrganisation {
    /// Its name.
    pub name: Option<String>,
    /// The second line of its name.
    pub split: Option<String>,
    /// What it is, such as "NHS Foundation Trust".
    pub descriptor: Option<String>,
}

impl HeaderOrganisation {
    pub(crate) fn render(&self) -> Markup {
        html! {
            span class="nhsuk-header__organisation-name" {
                (self.name.as_deref().unwrap_or_default())
                @if let Some(split) = &self.split {
                    " " span class="nhsuk-header__organisation-name-split" { (split) }
                }
            }
            @if let Some(descriptor) = &self.descriptor {
                span class="nhsuk-header__organisation-name-descriptor" { (descriptor) }
            }
        }
    }
}

/// The search of a header.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HeaderSearch {
    /// Where the search is sent, the NHS website unless said.
    pub action: Option<String>,
    /// `get` unless said.
    pub method: Option<String>,
    /// Name of the field, `q` unless said.
    pub name: Option<String>,
    /// The field.
    pub input: Input,
    /// The button.
    pub button: Button,
    /// The label.
    pub label: Label,
    /// The old way to give the placeholder.
    pub placeholder: Option<String>,
    /// The old way to name the button.
    pub visually_hidden_button: Option<String>,
    /// The old way to name the field.
    pub visually_hidden_label: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

impl HeaderSearch {
    pub(crate) fn render(&self) -> Markup {
        let form = Element::new("form")
            .attr("class", "nhsuk-header__search-form")
            .attr("id", "search")
            .attr("action", self.action.as_deref().unwrap_or("https://www.nhs.uk/search/"))
            .attr("method", self.method.as_deref().unwrap_or("get"))
            .flag("novalidate", true)
            .holding(self.field());
        Element::new("search")
            .attr("class", Classes::new("nhsuk-header__search").also(self.classes.as_deref()))
            .attributes(&self.attributes)
            .holding(form)
    }

    fn field(&self) -> Input {
        let first = |own: &Option<String>, old: &Option<String>, usual: &str| {
            Some(own.clone().or_else(|| old.clone()).unwrap_or_else(|| usual.to_owned()))
        };
        let label = &self.label.visually_hidden_text;
        let button = Button {
            aria_label: first(&self.button.aria_label, &self.visually_hidden_button, "Search"),
            icon: Some(ButtonIcon::named("search")),
            small: Some(true),
            ..Button::default()
        };
        Input {
            label: Some(Label {
                text: first(label, &self.visually_hidden_label, "Search the NHS website"),
                classes: Some("nhsuk-u-visually-hidden".to_owned()),
                ..Label::default()
            }),
            id: Some("search-field".to_owned()),
            name: self.name.clone().unwrap_or_else(|| "q".to_owned()),
            input_type: Some("search".to_owned()),
            autocomplete: Some("off".to_owned()),
            placeholder: first(&self.input.placeholder, &self.placeholder, "Search"),
            form_group: FormGroup { after_input: Some(Slot::html(button.render())), ..FormGroup::default() },
            ..Input::default()
        }
    }
}

/// Who is signed in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HeaderAccount {
    /// The items.
    #[serde(deserialize_with = "present")]
    pub items: Vec<AccountItem>,
    /// What a screen reader calls it, "Account" unless said.
    pub aria_label: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One item about the account: words, a link, or a button that posts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AccountItem {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Makes it a link.
    pub href: Option<String>,
    /// Makes it a button that sends a form here.
    pub action: Option<String>,
    /// Method of the form, `post` unless said.
    pub method: Option<String>,
    /// Fields of the form, such as a CSRF token. Not an official option.
    #[serde(skip)]
    pub hidden_fields: String,
    /// Whether it has a person's icon.
    pub icon: bool,
    /// Extra classes.
    pub classes: Option<String>,
}

impl HeaderAccount {
    pub(crate) fn render(&self) -> Markup {
        Element::new("nav")
            .attr("class", Classes::new("nhsuk-header__account").also(self.classes.as_deref()))
            .attr("aria-label", self.aria_label.as_deref().unwrap_or("Account"))
            .attributes(&self.attributes)
            .holding(html! {
                ul class="nhsuk-header__account-list" { @for item in &self.items { (item.render()) } }
            })
    }
}

impl AccountItem {
    fn render(&self) -> Markup {
        let inner = html! {
            @if self.icon { (icon("user")) " " }
            (html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default())
        };
        html! {
            li class=(Classes::new("nhsuk-header__account-item").also(self.classes.as_deref())) {
                @if let Some(href) = &self.href {
                    a class="nhsuk-header__account-link" href=(href) { (inner) }
                } @else if let Some(action) = &self.action {
                    form class="nhsuk-header__account-form" action=(action)
                        method=(self.method.as_deref().unwrap_or("post")) novalidate {
                        (PreEscaped(&self.hidden_fields))
                        button class="nhsuk-header__account-button" { (inner) }
                    }
                } @else { (inner) }
            }
        }
    }
}

/// The navigation of a header.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HeaderNavigation {
    /// The items.
    #[serde(deserialize_with = "present")]
    pub items: Vec<NavigationItem>,
    /// What a screen reader calls it, "Menu" unless said.
    pub aria_label: Option<String>,
    /// `white` for a white navigation.
    pub colour: Option<String>,
    /// Spreads the items over the line.
    pub justified: bool,
    /// Text of the button for what does not fit, "More" unless said.
    pub toggle_menu_text: Option<String>,
    /// Words before it for screen readers, "Browse" unless said.
    pub toggle_menu_visually_hidden_text: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One item of the navigation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NavigationItem {
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Where it leads.
    pub href: Option<String>,
    /// Whether it is the page shown.
    pub current: bool,
    /// Whether it is the section of the page shown.
    pub active: bool,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

impl HeaderNavigation {
    pub(crate) fn render(&self, container_classes: &str) -> Markup {
        let classes = Classes::new("nhsuk-header__navigation")
            .suffixed("nhsuk-header__navigation--", self.colour.as_deref().filter(|colour| *colour == "white"))
            .when(self.justified, "nhsuk-header__navigation--justified")
            .also(self.classes.as_deref());
        let browse = self.toggle_menu_visually_hidden_text.as_deref().unwrap_or("Browse");
        Element::new("nav")
            .attr("class", classes)
            .attr("aria-label", self.aria_label.as_deref().unwrap_or("Menu"))
            .attributes(&self.attributes)
            .holding(html! {
                div class=(container_classes) {
                    ul class="nhsuk-header__navigation-list" {
                        @for item in &self.items { (item.render()) }
                        li class="nhsuk-header__menu" hidden {
                            button class="nhsuk-header__menu-toggle nhsuk-header__navigation-link" id="toggle-menu"
                                aria-expanded="false" {
                                span class="nhsuk-u-visually-hidden" { (browse) " " }
                                (self.toggle_menu_text.as_deref().unwrap_or("More"))
                            }
                        }
                    }
                }
            })
    }
}

impl NavigationItem {
    fn render(&self) -> Markup {
        let marked = self.current || self.active;
        let aria = marked.then_some(if self.current { "page" } else { "true" });
        let words = html_or_text(self.html.as_deref(), self.text.as_deref()).unwrap_or_default();
        // The strong element shows the current item even where someone's own colours do not.
        let words = match marked {
            true => html! { strong class="nhsuk-header__navigation-item-current-fallback" { (words) } },
            false => words,
        };
        let (tag, class) = match self.href {
            Some(_) => ("a", "nhsuk-header__navigation-link"),
            None => ("span", "nhsuk-header__navigation-text"),
        };
        let inner = Element::new(tag).attr("class", class).maybe("href", self.href.as_deref()).maybe("aria-current", aria).holding(words);
        let classes = Classes::new("nhsuk-header__navigation-item")
            .when(marked, "nhsuk-header__navigation-item--current")
            .also(self.classes.as_deref());
        Element::new("li").attr("class", classes).attributes(&self.attributes).holding(inner)
    }
}
