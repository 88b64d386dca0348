use std::collections::BTreeMap;

/// The longest body that any form sends, in bytes; past it the page says so and keeps nothing half.
pub(crate) const BODY_MAX: usize = 1024 * 1024;

/// A form as it was sent: field names with every value, in order.
#[derive(Debug, Clone, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`; bytes that are not UTF-8 become the replacement mark.
    pub fn parse(body: &[u8]) -> Self {
        let clean = |text: std::borrow::Cow<'_, str>| text.replace("\r\n", "\n").replace('\0', "");
        Self { fields: form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), clean(value))).collect() }
    }

    /// A form with these fields, as a page fills it in.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self { fields }
    }

    /// The first value of a field as it was typed; empty when missing. Line ends are one newline.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }

    /// The first value of a field without surrounding space.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Every value of a field, as of ticked boxes.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
    }

    /// A field read as a value of its type; `None` when it is missing or does not read as one.
    pub fn read<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).parse().ok()
    }

    /// Every field that a person typed: tokens and keys left out.
    pub fn typed(&self) -> BTreeMap<&str, &str> {
        self.fields.iter().filter(|(n, v)| !n.starts_with('_') && !v.trim().is_empty()).map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }

    /// All fields, for a page that sends them again.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// What makes sending the same thing twice do it once: the form's key with all that it holds, so that a form that
    /// was changed before it was sent again is another form.
    pub fn once(&self) -> Option<String> {
        let key = self.key()?;
        let fields = self.fields.iter().filter(|(n, _)| n != "_csrf").map(|(n, v)| (n.as_str(), v.as_str()));
        let hash: String = portico_store::hash_of(&encode(fields)).iter().take(16).map(|b| format!("{b:02x}")).collect();
        Some(format!("{key} {hash}"))
    }

    /// The random key of a page's form.
    pub fn key(&self) -> Option<&str> {
        Some(self.get("_key")).filter(|k| (8..=100).contains(&k.len()))
    }
}

/// Writes fields as `a=b&c=d`, for links and for forms sent by tests.
pub fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_is_read_as_text_and_never_refused() {
        let form = Form::parse(b"words=caf%E9+%00&&=x&a&words=two&b=%zz");
        assert_eq!(form.raw("words"), "caf\u{fffd} ");
        assert_eq!(form.all("words").len(), 2);
        assert_eq!(form.get("b"), "%zz");
    }
}
