use maud::{Markup, Render, html};
use serde::Deserialize;
use serde_json::Value;

use crate::element::{Classes, Element};
use crate::form_group::FieldHead;
use crate::options::{common_methods, field_methods, present, scalar, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, FormGroup, Hint, Label, Slot};

/// A list that one option is chosen from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Select {
    /// Id; the name when not said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// The options.
    #[serde(deserialize_with = "present")]
    pub items: Vec<SelectOption>,
    /// The value that is chosen.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// Whether the field is disabled.
    pub disabled: Option<bool>,
    /// Ids that describe the field, besides its hint and error.
    pub described_by: Option<String>,
    /// The label.
    #[serde(deserialize_with = "text_or_mapping")]
    pub label: Option<Label>,
    /// The hint.
    #[serde(deserialize_with = "text_or_mapping")]
    pub hint: Option<Hint>,
    /// The error.
    #[serde(deserialize_with = "text_or_mapping")]
    pub error_message: Option<ErrorMessage>,
    /// The box around the field.
    pub form_group: FormGroup,
    /// The box around the list and what stands beside it.
    pub input_wrapper: Slot,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One option of a select.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SelectOption {
    /// Value in the form; the text when not said.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// Text, escaped.
    pub text: String,
    /// Whether this is chosen; the list's value decides unless said.
    pub selected: Option<bool>,
    /// Whether this cannot be chosen.
    pub disabled: bool,
    /// Makes this a line between two options.
    pub divider: Value,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(Select);
field_methods!(Select);

impl Select {
    /// A list of this name, with this label.
    pub fn new(name: impl Into<String>, label: impl Into<Content>) -> Self {
        Self { name: name.into(), label: Some(Label::new(label)), ..Self::default() }
    }

    /// Adds an option.
    #[must_use]
    pub fn option(mut self, value: impl Into<String>, text: impl Into<String>) -> Self {
        self.items.push(SelectOption { value: Some(value.into()), text: text.into(), ..SelectOption::default() });
        self
    }

    /// Says which value is chosen.
    #[must_use]
    pub fn value(mut self, value: Option<&str>) -> Self {
        self.value = value.map(str::to_owned);
        self
    }

    fn render_option(&self, item: &SelectOption) -> Markup {
        if item.divider == Value::Bool(true) || item.divider.is_string() {
            return html! { hr; };
        }
        let value = item.value.as_ref().unwrap_or(&item.text);
        let chosen = self.value.as_ref().is_some_and(|chosen| !chosen.is_empty() && chosen == value);
        Element::new("option")
            .maybe("value", item.value.as_deref())
            .flag("selected", item.selected.unwrap_or(chosen))
            .flag("disabled", item.disabled)
            .attributes(&item.attributes)
            .holding(&item.text)
    }

    fn render_select(&self, id: &str, described_by: Option<&str>) -> Markup {
        Element::new("select")
            .attr(
                "class",
                Classes::new("nhsuk-select").when(self.error_message.is_some(), "nhsuk-select--error").also(self.classes.as_deref()),
            )
            .attr("id", id)
            .attr("name", &self.name)
            .flag("disabled", self.disabled == Some(true))
            .maybe("aria-describedby", described_by)
            .attributes(&self.attributes)
            .holding(html! { @for item in &self.items { (self.render_option(item)) } })
    }
}

impl Render for Select {
    fn render(&self) -> Markup {
        let id = self.id.as_deref().unwrap_or(&self.name);
        let (described_by, head) = FieldHead {
            id,
            label: self.label.as_ref(),
            hint: self.hint.as_ref(),
            error: self.error_message.as_ref(),
            described_by: self.described_by.as_deref(),
        }
        .render();
        let select = self.render_select(id, described_by.ids());
        let (before, after) = (self.form_group.before(), self.form_group.after());
        let wrapper = &self.input_wrapper;
        let is_wrapped = before.is_some() || after.is_some() || wrapper.classes.is_some() || !wrapper.attributes.is_empty();
        let field = if is_wrapped {
            Element::new("div")
                .attr("class", Classes::new("nhsuk-input-wrapper").also(wrapper.classes.as_deref()))
                .attributes(&wrapper.attributes)
                .holding(html! { @for part in [before, Some(select), after].into_iter().flatten() { (part) } })
        } else {
            select
        };
        self.form_group.render_around(self.error_message.is_some(), html! { (head) (field) })
    }
}
