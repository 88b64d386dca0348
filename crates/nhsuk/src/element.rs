use std::fmt::Display;

use maud::{Markup, PreEscaped, Render};

use crate::Attributes;

/// An element whose tag and attributes are known only when it is rendered, which maud's
/// `html!` cannot express.
pub(crate) struct Element {
    tag: String,
    html: String,
}

impl Element {
    pub(crate) fn new(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        Self { html: format!("<{tag}"), tag }
    }

    pub(crate) fn attr(mut self, name: &str, value: impl Display) -> Self {
        self.html.push(' ');
        name.render_to(&mut self.html);
        self.html.push_str("=\"");
        value.to_string().render_to(&mut self.html);
        self.html.push('"');
        self
    }

    pub(crate) fn maybe(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// A boolean attribute: its presence is its value.
    pub(crate) fn flag(mut self, name: &str, present: bool) -> Self {
        if present {
            self.html.push(' ');
            self.html.push_str(name);
        }
        self
    }

    pub(crate) fn attributes(self, attributes: &Attributes) -> Self {
        attributes.iter().fold(self, |element, (name, value)| element.attr(name, value))
    }

    pub(crate) fn holding(mut self, inner: impl Render) -> Markup {
        self.html.push('>');
        inner.render_to(&mut self.html);
        self.html.push_str("</");
        self.html.push_str(&self.tag);
        self.html.push('>');
        PreEscaped(self.html)
    }

    pub(crate) fn void(mut self) -> Markup {
        self.html.push('>');
        PreEscaped(self.html)
    }
}

/// The class list of one element, built in the order of the official macros.
#[derive(Clone)]
pub(crate) struct Classes(String);

impl Classes {
    pub(crate) fn new(first: &str) -> Self {
        Self(first.to_owned())
    }

    pub(crate) fn when(self, wanted: bool, class: &str) -> Self {
        if wanted { self.push(class) } else { self }
    }

    pub(crate) fn suffixed(self, prefix: &str, suffix: Option<impl Display>) -> Self {
        match suffix {
            Some(suffix) => self.push(&format!("{prefix}{suffix}")),
            None => self,
        }
    }

    /// One of the known values of an option, unless the page's own classes already choose one.
    pub(crate) fn chosen(self, prefix: &str, value: Option<&str>, known: &[&str], own: Option<&str>) -> Self {
        let value = value.filter(|value| known.contains(value) && !names_one_of(prefix, known, own));
        self.suffixed(prefix, value)
    }

    pub(crate) fn also(self, classes: Option<&str>) -> Self {
        match classes {
            Some(classes) => self.push(classes),
            None => self,
        }
    }

    fn push(mut self, class: &str) -> Self {
        if !class.is_empty() {
            if !self.0.is_empty() {
                self.0.push(' ');
            }
            self.0.push_str(class);
        }
        self
    }
}

/// Whether a page's own classes choose one of the known values of an option.
pub(crate) fn names_one_of(prefix: &str, known: &[&str], own: Option<&str>) -> bool {
    own.is_some_and(|own| known.iter().any(|value| own.contains(&format!("{prefix}{value}"))))
}

impl Display for Classes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
