use maud::{Markup, html};
use serde::Deserialize;

use crate::element::{Classes, Element};
use crate::options::{scalar, text_or_mapping};
use crate::{Attributes, Content, Hint, Label};

/// One choice of radios or checkboxes, or the word between two of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Choice {
    /// Id; made from the group's unless said.
    pub id: Option<String>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Name in the form, when it is not the group's (checkboxes only).
    pub name: Option<String>,
    /// Value in the form.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// The label, when it needs more than text.
    #[serde(deserialize_with = "text_or_mapping")]
    pub label: Option<Label>,
    /// The hint.
    #[serde(deserialize_with = "text_or_mapping")]
    pub hint: Option<Hint>,
    /// Makes this the word between two choices.
    pub divider: Option<String>,
    /// Whether this is chosen; the group's value decides unless said.
    pub checked: Option<bool>,
    /// What is asked when this is chosen.
    pub conditional: Conditional,
    /// `exclusive` unchecks the others, `inclusive` checks them (checkboxes only).
    pub behaviour: Option<String>,
    /// The choices that the behaviour acts on.
    pub behaviour_group: Option<String>,
    /// The old word for the behaviour `exclusive`.
    pub exclusive: bool,
    /// The old word for the behaviour's group.
    pub exclusive_group: Option<String>,
    /// Whether this cannot be chosen.
    pub disabled: Option<bool>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// What is asked when a choice is chosen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Conditional {
    /// The fields.
    pub html: Option<String>,
}

impl Choice {
    /// A choice with this value and text.
    pub fn new(value: impl Into<String>, text: impl Into<Content>) -> Self {
        let (text, html) = text.into().into_text_and_html();
        Self { value: Some(value.into()), text, html, ..Self::default() }
    }

    /// The word between two choices.
    pub fn divider(text: impl Into<String>) -> Self {
        Self { divider: Some(text.into()), ..Self::default() }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Content>) -> Self {
        self.hint = Some(Hint::new(hint));
        self
    }

    /// Asks this when the choice is chosen.
    #[must_use]
    pub fn conditional(mut self, fields: Markup) -> Self {
        self.conditional.html = Some(fields.0);
        self
    }

    /// Unchecks the other choices when this one is chosen.
    #[must_use]
    pub fn exclusive(mut self) -> Self {
        self.behaviour = Some("exclusive".to_owned());
        self
    }

    /// Adds an attribute to the input.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// What the items of one group share.
pub(crate) struct ChoiceGroup<'a> {
    /// `radios` or `checkboxes`.
    pub(crate) component: &'static str,
    /// `radio` or `checkbox`.
    pub(crate) input_type: &'static str,
    pub(crate) name: &'a str,
    pub(crate) id_prefix: &'a str,
    pub(crate) disabled: bool,
    pub(crate) chosen: &'a [String],
    /// What describes each item when no fieldset does.
    pub(crate) described_by: Option<&'a str>,
}

impl ChoiceGroup<'_> {
    pub(crate) fn render_all(&self, items: &[Choice]) -> Markup {
        html! { @for (index, item) in items.iter().enumerate() { (self.render_item(item, index)) } }
    }

    fn render_item(&self, item: &Choice, index: usize) -> Markup {
        let inclusive = item.behaviour.as_deref() == Some("inclusive");
        let classes = |part: &str| {
            Classes::new(&format!("nhsuk-{}__{part}", self.component)).when(inclusive, "nhsuk-u-frontend-not-supported-hidden")
        };
        if let Some(divider) = &item.divider {
            return html! { div class=(classes("divider")) { (divider) } };
        }
        // The first item has no number, so that an error summary can link to the group's name.
        let id = item.id.clone().unwrap_or_else(|| match index {
            0 => self.id_prefix.to_owned(),
            _ => format!("{}-{}", self.id_prefix, index + 1),
        });
        let checked = self.is_checked(item);
        let conditional = item.conditional.html.as_deref().filter(|html| !html.is_empty());
        let hint = item.hint.as_ref().filter(|hint| hint.has_content());
        let hint_id = hint.map(|hint| hint.id.clone().unwrap_or_else(|| format!("{id}-item-hint")));
        html! {
            div class=(classes("item")) {
                (self.render_input(item, &id, checked, hint_id.as_deref()))
                (self.render_label(item, &id))
                @if let (Some(hint), Some(hint_id)) = (hint, hint_id) {
                    (hint.render_in(&hint_id, &format!("nhsuk-{}__hint", self.component)))
                }
            }
            @if let Some(fields) = conditional {
                @let hidden = format!("nhsuk-{}__conditional--hidden", self.component);
                div class=(Classes::new(&format!("nhsuk-{}__conditional", self.component)).when(!checked, &hidden))
                    id={ "conditional-" (id) } { (maud::PreEscaped(fields)) }
            }
        }
    }

    fn is_checked(&self, item: &Choice) -> bool {
        match item.checked {
            Some(checked) => checked,
            None => item.value.as_ref().is_some_and(|value| self.chosen.contains(value)),
        }
    }

    fn render_input(&self, item: &Choice, id: &str, checked: bool, hint_id: Option<&str>) -> Markup {
        let behaviour = if item.exclusive { Some("exclusive") } else { item.behaviour.as_deref() };
        let described_by: Vec<&str> = [self.described_by, hint_id].into_iter().flatten().collect();
        Element::new("input")
            .attr("class", Classes::new(&format!("nhsuk-{}__input", self.component)).also(item.classes.as_deref()))
            .attr("id", id)
            .attr("name", item.name.as_deref().unwrap_or(self.name))
            .attr("type", self.input_type)
            .attr("value", item.value.as_deref().unwrap_or_default())
            .flag("checked", checked)
            .flag("disabled", item.disabled.unwrap_or(self.disabled))
            .maybe("data-behaviour", behaviour)
            .maybe("data-behaviour-group", item.exclusive_group.as_deref().or(item.behaviour_group.as_deref()))
            .maybe(
                "data-aria-controls",
                item.conditional.html.as_deref().filter(|html| !html.is_empty()).map(|_| format!("conditional-{id}")),
            )
            .maybe("aria-describedby", Some(described_by.join(" ")).filter(|ids| !ids.is_empty()))
            .attributes(&item.attributes)
            .void()
    }

    fn render_label(&self, item: &Choice, id: &str) -> Markup {
        let own = item.label.clone().unwrap_or_default();
        Label {
            text: own.text.or_else(|| item.text.clone()),
            html: own.html.or_else(|| item.html.clone()),
            visually_hidden_text: own.visually_hidden_text,
            id: own.id,
            classes: own.classes,
            attributes: own.attributes,
            ..Label::default()
        }
        .render_for(Some(id), &format!("nhsuk-{}__label", self.component))
    }
}

/// The methods that add items to a group of choices.
macro_rules! choice_methods {
    ($component:ty) => {
        impl $component {
            /// Adds a choice.
            #[must_use]
            pub fn item(self, value: impl Into<String>, text: impl Into<$crate::Content>) -> Self {
                self.choice($crate::Choice::new(value, text))
            }

            /// Adds a choice with a hint.
            #[must_use]
            pub fn item_hint(self, value: impl Into<String>, text: impl Into<$crate::Content>, hint: impl Into<$crate::Content>) -> Self {
                self.choice($crate::Choice::new(value, text).hint(hint))
            }

            /// Adds a choice that asks more when it is chosen.
            #[must_use]
            pub fn item_conditional(self, value: impl Into<String>, text: impl Into<$crate::Content>, fields: maud::Markup) -> Self {
                self.choice($crate::Choice::new(value, text).conditional(fields))
            }

            /// Adds a choice that needs more than these methods say.
            #[must_use]
            pub fn choice(mut self, choice: $crate::Choice) -> Self {
                self.items.push(choice);
                self
            }

            /// Adds a word between two choices.
            #[must_use]
            pub fn divider(self, text: impl Into<String>) -> Self {
                self.choice($crate::Choice::divider(text))
            }

            /// Sets what the ids start with; the name unless said.
            #[must_use]
            pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
                self.id_prefix = Some(prefix.into());
                self
            }

            /// Puts the choices side by side.
            #[must_use]
            pub fn inline(mut self) -> Self {
                self.inline = true;
                self
            }

            /// Makes the choices smaller.
            #[must_use]
            pub fn small(mut self) -> Self {
                self.small = true;
                self
            }

            /// Disables every choice.
            #[must_use]
            pub fn disabled(mut self) -> Self {
                self.disabled = Some(true);
                self
            }
        }
    };
}
pub(crate) use choice_methods;
