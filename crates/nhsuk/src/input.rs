use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::element::{Classes, Element};
use crate::form_group::FieldHead;
use crate::options::{common_methods, field_methods, scalar, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, FormGroup, Hint, Label, Slot};

/// A field for one line of text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Input {
    /// Id; the name when not said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// The type, `text` unless said.
    #[serde(rename = "type")]
    pub input_type: Option<String>,
    /// `inputmode`, such as `numeric`.
    pub inputmode: Option<String>,
    /// What is filled in already.
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
    /// What stands in front of the field, such as £.
    #[serde(deserialize_with = "text_or_mapping")]
    pub prefix: Option<Slot>,
    /// What stands behind the field, such as kg.
    #[serde(deserialize_with = "text_or_mapping")]
    pub suffix: Option<Slot>,
    /// The box around the field.
    pub form_group: FormGroup,
    /// The box around the field, its prefix and suffix.
    pub input_wrapper: Slot,
    /// Larger text.
    pub large: bool,
    /// Digits of one width, for codes and numbers.
    pub code: bool,
    /// Width in characters: 2, 3, 4, 5, 10, 20 or 30.
    #[serde(deserialize_with = "scalar")]
    pub width: Option<String>,
    /// What the browser may fill in.
    pub autocomplete: Option<String>,
    /// How the browser may capitalise.
    pub autocapitalize: Option<String>,
    /// Whether the browser checks spelling.
    pub spellcheck: Option<bool>,
    /// Pattern of the value.
    pub pattern: Option<String>,
    /// Placeholder, which the design system discourages.
    pub placeholder: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

const WIDTHS: &[&str] = &["2", "3", "4", "5", "10", "20", "30"];

common_methods!(Input);
field_methods!(Input);

impl Input {
    /// A field of this name, with this label.
    pub fn new(name: impl Into<String>, label: impl Into<Content>) -> Self {
        Self { name: name.into(), label: Some(Label::new(label)), ..Self::default() }
    }

    /// Fills in a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Sets the width in characters: 2, 3, 4, 5, 10, 20 or 30.
    #[must_use]
    pub fn width_chars(mut self, width: u8) -> Self {
        self.width = Some(width.to_string());
        self
    }

    /// Sets the type, such as `tel` or `email`.
    #[must_use]
    pub fn input_type(mut self, input_type: impl Into<String>) -> Self {
        self.input_type = Some(input_type.into());
        self
    }

    /// Says what the browser may fill in.
    #[must_use]
    pub fn autocomplete(mut self, autocomplete: impl Into<String>) -> Self {
        self.autocomplete = Some(autocomplete.into());
        self
    }

    /// Chooses the keyboard of a phone, such as `numeric`.
    #[must_use]
    pub fn inputmode(mut self, inputmode: impl Into<String>) -> Self {
        self.inputmode = Some(inputmode.into());
        self
    }

    /// Says whether the browser checks spelling.
    #[must_use]
    pub fn spellcheck(mut self, spellcheck: bool) -> Self {
        self.spellcheck = Some(spellcheck);
        self
    }

    /// Puts text in front of the field.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(Slot::from(prefix.into()));
        self
    }

    /// Puts text behind the field.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(Slot::from(suffix.into()));
        self
    }

    /// Gives digits one width, for codes and numbers.
    #[must_use]
    pub fn code(mut self) -> Self {
        self.code = true;
        self
    }

    fn field_id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name)
    }

    fn render_input(&self, described_by: Option<&str>) -> Markup {
        let classes = Classes::new("nhsuk-input")
            .when(self.large, "nhsuk-input--large")
            .when(self.code, "nhsuk-input--code")
            .when(self.error_message.is_some(), "nhsuk-input--error")
            .chosen("nhsuk-input--width-", self.width.as_deref(), WIDTHS, self.classes.as_deref())
            .also(self.classes.as_deref());
        Element::new("input")
            .attr("class", classes)
            .attr("id", self.field_id())
            .attr("name", &self.name)
            .attr("type", self.input_type.as_deref().unwrap_or("text"))
            .maybe("spellcheck", self.spellcheck)
            .maybe("value", self.value.as_deref())
            .flag("disabled", self.disabled == Some(true))
            .maybe("aria-describedby", described_by)
            .maybe("autocomplete", self.autocomplete.as_deref())
            .maybe("autocapitalize", self.autocapitalize.as_deref())
            .maybe("pattern", self.pattern.as_deref())
            .maybe("placeholder", self.placeholder.as_deref())
            .maybe("inputmode", self.inputmode.as_deref())
            .attributes(&self.attributes)
            .void()
    }

    fn render_wrapped(&self, input: Markup) -> Markup {
        let affix = |slot: &Option<Slot>, side: &str| {
            let slot = slot.as_ref()?;
            let class = Classes::new(&format!("nhsuk-input-wrapper__{side}")).also(slot.classes.as_deref());
            let inner = slot.inner()?;
            Some(Element::new("div").attr("class", class).attr("aria-hidden", "true").attributes(&slot.attributes).holding(inner))
        };
        let (prefix, suffix) = (affix(&self.prefix, "prefix"), affix(&self.suffix, "suffix"));
        let (before, after) = (self.form_group.before(), self.form_group.after());
        let wrapper = &self.input_wrapper;
        let is_plain = [&prefix, &suffix, &before, &after].into_iter().all(Option::is_none)
            && wrapper.classes.is_none()
            && wrapper.attributes.is_empty();
        if is_plain {
            return input;
        }
        let classes = Classes::new("nhsuk-input-wrapper").when(self.large, "nhsuk-input-wrapper--large").also(wrapper.classes.as_deref());
        Element::new("div").attr("class", classes).attributes(&wrapper.attributes).holding(html! {
            @for part in [before, prefix, Some(input), suffix, after].into_iter().flatten() { (part) }
        })
    }
}

impl Render for Input {
    fn render(&self) -> Markup {
        let (described_by, head) = FieldHead {
            id: self.field_id(),
            label: self.label.as_ref(),
            hint: self.hint.as_ref(),
            error: self.error_message.as_ref(),
            described_by: self.described_by.as_deref(),
        }
        .render();
        let input = self.render_wrapped(self.render_input(described_by.ids()));
        self.form_group.render_around(self.error_message.is_some(), html! { (head) (input) })
    }
}
