//! How the official macro options are read: many are a string or a mapping, lists may hold
//! `false`, and numbers may be strings.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A component given as its text alone, as a mapping, or as `true` for "yes, with defaults".
pub(crate) fn text_or_mapping<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default + From<String>,
{
    match Value::deserialize(deserializer)? {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::Bool(true) => Ok(Some(T::default())),
        Value::String(text) => Ok(Some(T::from(text))),
        mapping => serde_json::from_value(mapping).map(Some).map_err(D::Error::custom),
    }
}

/// A mapping, where `true` means "with defaults" and `false` means "leave it out".
pub(crate) fn mapping_or_flag<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    match Value::deserialize(deserializer)? {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::Bool(true) => Ok(Some(T::default())),
        mapping => serde_json::from_value(mapping).map(Some).map_err(D::Error::custom),
    }
}

/// A list whose `false` and null entries are skipped.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let values = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
    values
        .into_iter()
        .filter(|value| !matches!(value, Value::Null | Value::Bool(_)))
        .map(|value| serde_json::from_value(value).map_err(D::Error::custom))
        .collect()
}

/// Text that may be written as a number.
pub(crate) fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// The `id`, `class` and `attribute` methods that every component has.
macro_rules! common_methods {
    ($($component:ty),+ $(,)?) => {$(
        impl $component {
            /// Sets the id of the component's own element.
            #[must_use]
            pub fn id(mut self, id: impl Into<String>) -> Self {
                self.id = Some(id.into());
                self
            }

            /// Adds one class, or several with spaces between.
            #[must_use]
            pub fn class(mut self, class: impl Into<String>) -> Self {
                let class = class.into();
                self.classes = Some(match self.classes.take() {
                    Some(classes) => format!("{classes} {class}"),
                    None => class,
                });
                self
            }

            /// Adds an attribute.
            #[must_use]
            pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.attributes.push(name, value);
                self
            }
        }
    )+};
}
pub(crate) use common_methods;

/// The methods of a form field that has a label.
macro_rules! field_methods {
    ($($component:ty),+ $(,)?) => {$(
        impl $component {
            /// Adds a hint under the label.
            #[must_use]
            pub fn hint(mut self, hint: impl Into<$crate::Content>) -> Self {
                self.hint = Some($crate::Hint::new(hint));
                self
            }

            /// Shows an error, when there is one.
            #[must_use]
            pub fn error(mut self, error: Option<impl Into<String>>) -> Self {
                self.error_message = error.map($crate::ErrorMessage::new);
                self
            }

            /// Makes the label the page's `h1`, in size l.
            #[must_use]
            pub fn page_heading(mut self) -> Self {
                let label = self.label.get_or_insert_default();
                label.is_page_heading = Some(true);
                label.size = Some("l".to_owned());
                self
            }

            /// Sets the label's size: s, m, l or xl.
            #[must_use]
            pub fn label_size(mut self, size: impl Into<String>) -> Self {
                self.label.get_or_insert_default().size = Some(size.into());
                self
            }

            /// Hides the label from sight; screen readers still say it.
            #[must_use]
            pub fn label_hidden(mut self) -> Self {
                self.label.get_or_insert_default().classes = Some("nhsuk-u-visually-hidden".to_owned());
                self
            }

            /// Disables the field.
            #[must_use]
            pub fn disabled(mut self) -> Self {
                self.disabled = Some(true);
                self
            }
        }
    )+};
}
pub(crate) use field_methods;

/// The methods of a group of fields that has a fieldset.
macro_rules! group_methods {
    ($($component:ty),+ $(,)?) => {$(
        impl $component {
            /// Adds a hint under the legend.
            #[must_use]
            pub fn hint(mut self, hint: impl Into<$crate::Content>) -> Self {
                self.hint = Some($crate::Hint::new(hint));
                self
            }

            /// Shows an error, when there is one.
            #[must_use]
            pub fn error(mut self, error: Option<impl Into<String>>) -> Self {
                self.error_message = error.map($crate::ErrorMessage::new);
                self
            }

            /// Makes the legend the page's `h1`, in size l.
            #[must_use]
            pub fn page_heading(mut self) -> Self {
                let legend = self.legend_mut();
                legend.is_page_heading = Some(true);
                legend.size = Some("l".to_owned());
                self
            }

            /// Sets the legend's size: s, m, l or xl.
            #[must_use]
            pub fn legend_size(mut self, size: impl Into<String>) -> Self {
                self.legend_mut().size = Some(size.into());
                self
            }

            /// Hides the legend from sight; screen readers still say it.
            #[must_use]
            pub fn legend_hidden(mut self) -> Self {
                self.legend_mut().classes = Some("nhsuk-u-visually-hidden".to_owned());
                self
            }

            fn legend_mut(&mut self) -> &mut $crate::Legend {
                self.fieldset.get_or_insert_default().legend.get_or_insert_default()
            }
        }
    )+};
}
pub(crate) use group_methods;
