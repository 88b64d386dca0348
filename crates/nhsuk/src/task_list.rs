use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::content::html_or_text;
use crate::element::{Classes, Element};
use crate::form_group::Slot;
use crate::heading::HeadingClass;
use crate::options::{common_methods, text_or_mapping};
use crate::{Attributes, Content, Heading, Hint, Tag};

/// The tasks of a long form and how far each is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TaskList {
    /// Id of the list.
    pub id: Option<String>,
    /// What the ids of the items start with, "task-list" unless said.
    pub id_prefix: Option<String>,
    /// The tasks; an omitted one still counts in the ids of the others.
    #[serde(deserialize_with = "items")]
    pub items: Vec<Option<TaskItem>>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

/// One task.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TaskItem {
    /// What is to be done.
    #[serde(deserialize_with = "text_or_mapping", alias = "title")]
    pub heading: Option<Heading>,
    /// The hint.
    #[serde(deserialize_with = "text_or_mapping")]
    pub hint: Option<Hint>,
    /// How far it is.
    #[serde(deserialize_with = "text_or_mapping")]
    pub status: Option<TaskStatus>,
    /// Where the task is done; no link when it cannot be done yet.
    pub href: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
}

/// How far a task is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TaskStatus {
    /// A tag, which wins over text and markup.
    pub tag: Option<Tag>,
    /// Text, escaped.
    pub text: Option<String>,
    /// Markup, which wins over the text.
    pub html: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
}

impl From<String> for TaskStatus {
    fn from(text: String) -> Self {
        Self { text: Some(text), ..Self::default() }
    }
}

fn items<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Option<TaskItem>>, D::Error> {
    let values = Vec::<serde_json::Value>::deserialize(deserializer)?;
    values
        .into_iter()
        .map(|value| match value {
            serde_json::Value::Bool(_) | serde_json::Value::Null => Ok(None),
            item => serde_json::from_value(item).map(Some).map_err(serde::de::Error::custom),
        })
        .collect()
}

common_methods!(TaskList);

impl TaskList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a task with a link.
    #[must_use]
    pub fn task(self, href: impl Into<String>, heading: impl Into<Content>, status: impl Into<Content>) -> Self {
        self.item(TaskItem { href: Some(href.into()), ..TaskItem::new(heading, status) })
    }

    /// Adds a task that cannot be started yet.
    #[must_use]
    pub fn task_not_ready(self, heading: impl Into<Content>, status: impl Into<Content>) -> Self {
        let mut item = TaskItem::new(heading, status);
        item.status.get_or_insert_default().classes = Some("nhsuk-task-list__status--cannot-start-yet".to_owned());
        self.item(item)
    }

    /// Adds a task that needs more than these methods say.
    #[must_use]
    pub fn item(mut self, item: TaskItem) -> Self {
        self.items.push(Some(item));
        self
    }

    /// Sets what the ids of the items start with.
    #[must_use]
    pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.id_prefix = Some(prefix.into());
        self
    }
}

impl TaskItem {
    /// A task without a link.
    pub fn new(heading: impl Into<Content>, status: impl Into<Content>) -> Self {
        let (text, html) = status.into().into_text_and_html();
        Self { heading: Some(Heading::new(heading)), status: Some(TaskStatus { text, html, ..TaskStatus::default() }), ..Self::default() }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Content>) -> Self {
        self.hint = Some(Hint::new(hint));
        self
    }

    /// Links to where the task is done.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    fn render(&self, prefix: &str, number: usize) -> Markup {
        let hint_id = format!("{prefix}-{number}-hint");
        let status_id = format!("{prefix}-{number}-status");
        let hint = self.hint.as_ref().and_then(|hint| html_or_text(hint.html.as_deref(), hint.text.as_deref()));
        let described_by = if hint.is_some() { format!("{hint_id} {status_id}") } else { status_id.clone() };
        let status = self.status.clone().unwrap_or_default();
        let classes = Classes::new("nhsuk-task-list__item")
            .when(self.href.is_some(), "nhsuk-task-list__item--with-link")
            .also(self.classes.as_deref());
        let status_classes = Classes::new("nhsuk-task-list__status").also(status.classes.as_deref());
        html! {
            li class=(classes) {
                div class="nhsuk-task-list__name-and-hint" {
                    (self.render_heading(&described_by))
                    @if let Some(hint) = hint { div class="nhsuk-task-list__hint" id=(hint_id) { (hint) } }
                }
                div class=(status_classes) id=(status_id) { (status.inner()) }
            }
        }
    }

    fn render_heading(&self, described_by: &str) -> Markup {
        let heading = self.heading.clone().unwrap_or_default();
        let Some(inner) = heading.inner() else { return Markup::default() };
        let own = heading.classes.as_deref();
        let (tag, class, classes) = match self.href {
            Some(_) => ("a", "nhsuk-task-list__link", Classes::new("nhsuk-link").also(own)),
            None => ("div", "", Classes::new("").also(own)),
        };
        let attributes = Attributes::default()
            .with("href", self.href.as_deref())
            .with("aria-describedby", self.href.as_ref().map(|_| described_by))
            .and(&heading.attributes);
        Heading { classes: Some(classes.to_string()), attributes, caption: None, size: None, href: None, ..heading }.render_around(
            HeadingClass::plain(class),
            tag,
            inner,
        )
    }
}

impl TaskStatus {
    fn inner(&self) -> Markup {
        match &self.tag {
            Some(tag) => tag.render(),
            None => Slot { text: self.text.clone(), html: self.html.clone(), ..Slot::default() }.inner().unwrap_or_default(),
        }
    }
}

impl Render for TaskList {
    fn render(&self) -> Markup {
        let prefix = self.id_prefix.as_deref().unwrap_or("task-list");
        Element::new("ul")
            .attr("class", Classes::new("nhsuk-task-list").also(self.classes.as_deref()))
            .maybe("id", self.id.as_deref())
            .attributes(&self.attributes)
            .holding(html! {
                @for (index, item) in self.items.iter().enumerate() {
                    @if let Some(item) = item { (item.render(prefix, index + 1)) }
                }
            })
    }
}
