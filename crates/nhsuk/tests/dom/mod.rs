//! Compares two pieces of HTML as a browser would build them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use scraper::{ElementRef, Html, Node};

/// Where the first piece differs from the second, if it does.
pub fn difference(ours: &str, official: &str) -> Option<String> {
    let (ours, official) = (outline(ours), outline(official));
    if ours == official {
        return None;
    }
    let line = ours.iter().zip(&official).take_while(|(our, their)| our == their).count();
    let at = |lines: &[String]| lines.get(line).map_or("the end".to_owned(), |line| line.trim().to_owned());
    Some(format!("we have {} where the official has {}", at(&ours), at(&official)))
}

/// One line for each element and each text, indented by its depth.
fn outline(html: &str) -> Vec<String> {
    let mut lines = Vec::new();
    outline_children(Html::parse_fragment(html).root_element(), 0, &mut lines);
    lines
}

fn outline_children(element: ElementRef<'_>, depth: usize, lines: &mut Vec<String>) {
    let mut text = String::new();
    for child in element.children() {
        match child.value() {
            Node::Text(part) => text.push_str(part),
            Node::Element(_) => {
                push_text(element, &mut text, depth, lines);
                let child = ElementRef::wrap(child).expect("the node is an element");
                lines.push(format!("{:depth$}{}", "", opening_tag(child)));
                outline_children(child, depth + 1, lines);
            }
            _ => {}
        }
    }
    push_text(element, &mut text, depth, lines);
}

/// Spaces at the ends of a text are layout, except in words for screen readers, where they keep
/// those words apart from the text beside them.
fn push_text(parent: ElementRef<'_>, text: &mut String, depth: usize, lines: &mut Vec<String>) {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !words.is_empty() {
        let spoken = parent.value().name() == "span" && parent.value().classes().any(|class| class == "nhsuk-u-visually-hidden");
        let space = |found: bool| if spoken && found { " " } else { "" };
        let before = space(text.starts_with(char::is_whitespace));
        let after = space(text.ends_with(char::is_whitespace));
        lines.push(format!("{:depth$}{:?}", "", format!("{before}{words}{after}")));
    }
    text.clear();
}

fn opening_tag(element: ElementRef<'_>) -> String {
    let mut attributes: BTreeMap<&str, String> = element.value().attrs().map(|(name, value)| (name, value.to_owned())).collect();
    if let Some(classes) = attributes.get_mut("class") {
        let tokens: BTreeSet<String> = classes.split_whitespace().map(str::to_owned).collect();
        *classes = tokens.into_iter().collect::<Vec<_>>().join(" ");
    }
    let mut tag = format!("<{}", element.value().name());
    for (name, value) in attributes {
        write!(tag, " {name}={value:?}").expect("a string can be written to");
    }
    tag + ">"
}
