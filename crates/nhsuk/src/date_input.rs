use maud::{Markup, Render, html};
use serde::Deserialize;
use serde_json::Value;

use crate::element::{Classes, Element};
use crate::form_group::hint_and_error;
use crate::options::{common_methods, group_methods, present, scalar, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, Fieldset, FormGroup, Hint, Input, Label, Slot};

/// A date in three fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DateInput {
    /// Id, which the ids of the fields start with.
    pub id: Option<String>,
    /// Puts the fields' names in brackets after it: `prefix[day]`.
    pub name_prefix: Option<String>,
    /// The fields, when they are not day, month and year.
    #[serde(deserialize_with = "present")]
    pub items: Vec<DatePart>,
    /// The day.
    pub day: AskedPart,
    /// The month.
    pub month: AskedPart,
    /// The year.
    pub year: AskedPart,
    /// What is filled in already.
    pub values: DateValues,
    /// Whether the fields are disabled.
    pub disabled: Option<bool>,
    /// The fieldset with the question.
    pub fieldset: Option<Fieldset>,
    /// The hint.
    #[serde(deserialize_with = "text_or_mapping")]
    pub hint: Option<Hint>,
    /// The error.
    #[serde(deserialize_with = "text_or_mapping")]
    pub error_message: Option<ErrorMessage>,
    /// The box around the question.
    pub form_group: FormGroup,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// Whether a part of the date is asked, and how.
#[derive(Clone, Debug, Default)]
pub struct AskedPart {
    /// Whether the part is left out.
    pub omitted: bool,
    /// How it is asked, when not as the design system does.
    pub own: Option<Box<DatePart>>,
}

impl AskedPart {
    fn own_mut(&mut self) -> &mut DatePart {
        self.own.get_or_insert_default()
    }

    /// The part with its name filled in, unless it is left out.
    fn named(&self, name: &str) -> Option<DatePart> {
        let part = self.own.as_deref().cloned().unwrap_or_default();
        (!self.omitted).then(|| DatePart { name: part.name.clone().or(Some(name.to_owned())), ..part })
    }
}

impl<'de> Deserialize<'de> for AskedPart {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self::default()),
            Value::Bool(asked) => Ok(Self { omitted: !asked, own: None }),
            part => serde_json::from_value(part)
                .map(|part| Self { omitted: false, own: Some(Box::new(part)) })
                .map_err(serde::de::Error::custom),
        }
    }
}

/// What is filled in already.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DateValues {
    /// The day, as it was written.
    #[serde(deserialize_with = "scalar")]
    pub day: Option<String>,
    /// The month, as it was written.
    #[serde(deserialize_with = "scalar")]
    pub month: Option<String>,
    /// The year, as it was written.
    #[serde(deserialize_with = "scalar")]
    pub year: Option<String>,
}

impl DateValues {
    fn of(&self, name: &str) -> Option<&String> {
        match name {
            "day" => self.day.as_ref(),
            "month" => self.month.as_ref(),
            "year" => self.year.as_ref(),
            _ => None,
        }
    }
}

/// One field of a date.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DatePart {
    /// Id; made from the date's unless said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: Option<String>,
    /// The label; the name with a capital unless said.
    #[serde(deserialize_with = "text_or_mapping")]
    pub label: Option<Label>,
    /// What is filled in already.
    #[serde(deserialize_with = "scalar")]
    pub value: Option<String>,
    /// The type, `text` unless said.
    #[serde(rename = "type")]
    pub input_type: Option<String>,
    /// What stands in front of the field.
    #[serde(deserialize_with = "text_or_mapping")]
    pub prefix: Option<Slot>,
    /// What stands behind the field.
    #[serde(deserialize_with = "text_or_mapping")]
    pub suffix: Option<Slot>,
    /// Width in characters.
    #[serde(deserialize_with = "scalar")]
    pub width: Option<String>,
    /// `inputmode`, `numeric` unless said.
    pub inputmode: Option<String>,
    /// Whether the browser checks spelling.
    pub spellcheck: Option<bool>,
    /// What the browser may fill in.
    pub autocomplete: Option<String>,
    /// How the browser may capitalise.
    pub autocapitalize: Option<String>,
    /// Pattern of the value.
    pub pattern: Option<String>,
    /// Whether the error is about this part.
    pub error: Option<bool>,
    /// Whether the field is disabled.
    pub disabled: Option<bool>,
    /// Ids that describe the field.
    pub described_by: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

impl DatePart {
    fn is_wrong(&self) -> bool {
        self.error == Some(true) || self.has_error_class()
    }

    fn has_error_class(&self) -> bool {
        self.classes.as_deref().is_some_and(|classes| classes.contains("nhsuk-input--error"))
    }
}

common_methods!(DateInput);
group_methods!(DateInput);

impl DateInput {
    /// A date whose fields are named `{name}-day`, `{name}-month` and `{name}-year`.
    pub fn new(name: impl Into<String>, legend: impl Into<Content>) -> Self {
        let name = name.into();
        let part = |part: &str, label: &str, width: &str| {
            let own = DatePart {
                id: Some(format!("{name}-{part}")),
                name: Some(format!("{name}-{part}")),
                label: Some(Label::new(label)),
                width: Some(width.to_owned()),
                ..DatePart::default()
            };
            AskedPart { omitted: false, own: Some(Box::new(own)) }
        };
        Self {
            day: part("day", "Day", "2"),
            month: part("month", "Month", "2"),
            year: part("year", "Year", "4"),
            id: Some(name.clone()),
            fieldset: Some(Fieldset::titled(legend)),
            ..Self::default()
        }
    }

    /// Fills in what was written.
    #[must_use]
    pub fn value(mut self, day: impl Into<String>, month: impl Into<String>, year: impl Into<String>) -> Self {
        self.day.own_mut().value = Some(day.into());
        self.month.own_mut().value = Some(month.into());
        self.year.own_mut().value = Some(year.into());
        self
    }

    /// Lets the browser fill in the person's own birthday.
    #[must_use]
    pub fn birth_date(mut self) -> Self {
        self.day.own_mut().autocomplete = Some("bday-day".to_owned());
        self.month.own_mut().autocomplete = Some("bday-month".to_owned());
        self.year.own_mut().autocomplete = Some("bday-year".to_owned());
        self
    }

    /// Says which parts the error is about; all three unless said.
    #[must_use]
    pub fn error_parts(mut self, day: bool, month: bool, year: bool) -> Self {
        self.day.own_mut().error = Some(day);
        self.month.own_mut().error = Some(month);
        self.year.own_mut().error = Some(year);
        self
    }

    /// Disables the fields.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.disabled = Some(true);
        self
    }

    /// The fields in order, with the names and widths of day, month and year filled in.
    fn parts(&self) -> Vec<DatePart> {
        let named = [("day", &self.day), ("month", &self.month), ("year", &self.year)];
        let wide = |mut part: DatePart, name: &str| {
            let width = if name == "year" { "4" } else { "2" };
            part.width.get_or_insert(width.to_owned());
            part.value = part.value.or_else(|| self.values.of(name).cloned());
            part
        };
        if self.items.is_empty() {
            return named.into_iter().filter_map(|(name, part)| Some(wide(part.named(name)?, name))).collect();
        }
        self.items
            .iter()
            .map(|item| {
                let name = item.name.clone().unwrap_or_default();
                let mut item = item.clone();
                let own = named.iter().find(|(known, _)| *known == name).and_then(|(_, part)| part.own.as_deref());
                item.value = item.value.or_else(|| own.and_then(|own| own.value.clone()));
                wide(item, &name)
            })
            .collect()
    }

    fn render_part(&self, part: &DatePart, any_wrong: bool) -> Markup {
        let name = part.name.as_deref().unwrap_or_default();
        let own_label = part.label.clone().unwrap_or_default();
        let label_text = own_label.text.clone().or_else(|| Some(capitalised(name)));
        let label_classes = ["nhsuk-date-input__label", own_label.classes.as_deref().unwrap_or_default()].join(" ");
        let classes = ["nhsuk-date-input__input", part.classes.as_deref().unwrap_or_default()].join(" ");
        let shares_error = part.error != Some(false) && self.error_message.is_some() && !any_wrong;
        let wrong = !part.has_error_class() && (part.is_wrong() || shares_error);
        let input = Input {
            id: Some(part.id.clone().unwrap_or_else(|| format!("{}-{name}", self.id.as_deref().unwrap_or_default()))),
            name: match &self.name_prefix {
                Some(prefix) => format!("{prefix}[{name}]"),
                None => name.to_owned(),
            },
            label: Some(Label { text: label_text, classes: Some(label_classes.trim().to_owned()), size: None, heading: None, ..own_label }),
            error_message: wrong.then(ErrorMessage::default),
            value: part.value.clone(),
            input_type: part.input_type.clone(),
            prefix: part.prefix.clone(),
            suffix: part.suffix.clone(),
            width: part.width.clone(),
            inputmode: part.inputmode.clone().or(Some("numeric".to_owned())),
            spellcheck: part.spellcheck,
            autocomplete: part.autocomplete.clone(),
            autocapitalize: part.autocapitalize.clone(),
            pattern: part.pattern.clone(),
            disabled: part.disabled.or(self.disabled),
            described_by: part.described_by.clone(),
            classes: Some(classes.trim().to_owned()),
            attributes: part.attributes.clone(),
            ..Input::default()
        };
        html! { div class="nhsuk-date-input__item" { (input) } }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + &letters.as_str().to_lowercase()).unwrap_or_default()
}

impl Render for DateInput {
    fn render(&self) -> Markup {
        let id = self.id.as_deref().unwrap_or_default();
        let described_by = self.fieldset.as_ref().and_then(|fieldset| fieldset.described_by.as_deref());
        let (described_by, messages) = hint_and_error(id, described_by, self.hint.as_ref(), self.error_message.as_ref());
        let parts = self.parts();
        let any_wrong = parts.iter().any(DatePart::is_wrong);
        let fields = Element::new("div")
            .attr("class", Classes::new("nhsuk-date-input").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html! {
                @if let Some(before) = self.form_group.before() { (before) }
                @for part in &parts { (self.render_part(part, any_wrong)) }
                @if let Some(after) = self.form_group.after() { (after) }
            });
        // JAWS says the description of a fieldset of text fields only when its role is group.
        let fieldset = self.fieldset.clone().map(|mut fieldset| {
            fieldset.role.get_or_insert("group".to_owned());
            fieldset
        });
        let inner = html! { (messages) (fields) };
        let has_error = self.error_message.is_some() || any_wrong;
        self.form_group.render_fieldset(has_error, fieldset.as_ref(), &described_by, &inner)
    }
}
