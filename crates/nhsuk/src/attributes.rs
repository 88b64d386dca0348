use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Extra HTML attributes of one element, in the order they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// Adds one attribute.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    pub(crate) fn with(mut self, name: &str, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.push(name, value);
        }
        self
    }

    pub(crate) fn and(mut self, others: &Attributes) -> Self {
        self.0.extend(others.0.iter().cloned());
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One message of the design system's scripts, as the `data-i18n` attribute they read.
    pub(crate) fn with_message(self, key: &str, message: Option<&str>) -> Self {
        self.with(&format!("data-i18n.{key}"), message.filter(|message| !message.is_empty()))
    }

    /// Messages by plural rule.
    pub(crate) fn with_plurals(self, key: &str, messages: &Plurals) -> Self {
        messages.iter().fold(self, |attributes, (rule, message)| attributes.with(&format!("data-i18n.{key}.{rule}"), Some(message)))
    }
}

/// A message by CLDR plural rule (`one`, `other` and so on).
pub type Plurals = std::collections::BTreeMap<String, String>;

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Option::<Map<String, Value>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(Self(map.into_iter().filter_map(|(name, value)| Some((name, attribute_value(value)?))).collect()))
    }
}

/// The official options allow a plain value, or one that is left out when it is empty.
fn attribute_value(value: Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        Value::Object(mut options) => {
            let optional = options.get("optional") == Some(&Value::Bool(true));
            match options.remove("value").unwrap_or(Value::Null) {
                Value::Null | Value::Bool(false) if optional => None,
                Value::Bool(true) if optional => Some(String::new()),
                value => attribute_value(value),
            }
        }
        other => Some(other.to_string()),
    }
}
