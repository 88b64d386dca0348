use std::borrow::Cow;

use maud::{Markup, PreEscaped, Render};

/// What fills a slot of a component: text, which is escaped, or markup, which is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Words from anywhere, escaped when rendered.
    Text(String),
    /// Markup that our own code made.
    Html(String),
}

impl Content {
    /// Takes anything that renders, such as another component, as markup.
    pub fn of(component: impl Render) -> Self {
        Self::Html(component.render().into_string())
    }

    /// The official options keep text and markup in two fields.
    pub(crate) fn into_text_and_html(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Text(text) => (Some(text), None),
            Self::Html(html) => (None, Some(html)),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Render for Content {
    fn render_to(&self, buffer: &mut String) {
        match self {
            Self::Text(text) => text.render_to(buffer),
            Self::Html(html) => buffer.push_str(html),
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&&str> for Content {
    fn from(text: &&str) -> Self {
        Self::Text((*text).to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Cow<'_, str>> for Content {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }
}

impl From<&String> for Content {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<PreEscaped<String>> for Content {
    fn from(html: PreEscaped<String>) -> Self {
        Self::Html(html.0)
    }
}

impl From<PreEscaped<&str>> for Content {
    fn from(html: PreEscaped<&str>) -> Self {
        Self::Html(html.0.to_owned())
    }
}

/// Markup wins over text, as in the official macros; nothing when both are empty.
pub(crate) fn html_or_text(html: Option<&str>, text: Option<&str>) -> Option<Markup> {
    match (html.filter(|html| !html.is_empty()), text.filter(|text| !text.is_empty())) {
        (Some(html), _) => Some(PreEscaped(html.trim().to_owned())),
        (None, Some(text)) => Some(text.render()),
        (None, None) => None,
    }
}
