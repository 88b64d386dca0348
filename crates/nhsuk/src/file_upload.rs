use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::attributes::Plurals;
use crate::element::{Classes, Element};
use crate::form_group::FieldHead;
use crate::options::{common_methods, field_methods, text_or_mapping};
use crate::{Attributes, Content, ErrorMessage, FormGroup, Hint, Label};

/// A field for a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FileUpload {
    /// Id; the name when not said.
    pub id: Option<String>,
    /// Name in the form.
    pub name: String,
    /// Whether the field is disabled.
    pub disabled: Option<bool>,
    /// Whether several files may be chosen.
    pub multiple: bool,
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
    /// Classes of the button that the script makes.
    pub choose_files_button_class_list: Option<Vec<String>>,
    /// Text of the button that the script makes.
    pub choose_files_button_text: Option<String>,
    /// What is said before a file is chosen.
    pub no_file_chosen_text: Option<String>,
    /// What is said when several files are chosen, by plural rule.
    pub multiple_files_chosen_text: Plurals,
    /// Where files may be dropped.
    pub drop_instruction_text: Option<String>,
    /// What is said when a file is over the drop zone.
    pub entered_drop_zone_text: Option<String>,
    /// What is said when a file leaves the drop zone.
    pub left_drop_zone_text: Option<String>,
    /// Extra classes.
    pub classes: Option<String>,
    /// Extra attributes.
    pub attributes: Attributes,
}

common_methods!(FileUpload);
field_methods!(FileUpload);

impl FileUpload {
    /// A field of this name, with this label.
    pub fn new(name: impl Into<String>, label: impl Into<Content>) -> Self {
        Self { name: name.into(), label: Some(Label::new(label)), ..Self::default() }
    }

    /// Lets several files be chosen.
    #[must_use]
    pub fn multiple(mut self) -> Self {
        self.multiple = true;
        self
    }

    fn group_attributes(&self) -> Attributes {
        let button_classes = self.choose_files_button_class_list.as_ref().and_then(|classes| serde_json::to_string(classes).ok());
        Attributes::default()
            .with("data-module", Some("nhsuk-file-upload"))
            .with("data-choose-files-button-class-list", button_classes)
            .with_message("choose-files-button", self.choose_files_button_text.as_deref())
            .with_message("no-file-chosen", self.no_file_chosen_text.as_deref())
            .with_plurals("multiple-files-chosen", &self.multiple_files_chosen_text)
            .with_message("drop-instruction", self.drop_instruction_text.as_deref())
            .with_message("entered-drop-zone", self.entered_drop_zone_text.as_deref())
            .with_message("left-drop-zone", self.left_drop_zone_text.as_deref())
            .and(&self.form_group.attributes)
    }
}

impl Render for FileUpload {
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
        let input = Element::new("input")
            .attr("class", Classes::new("nhsuk-file-upload__input").also(self.classes.as_deref()))
            .attr("id", id)
            .attr("name", &self.name)
            .attr("type", "file")
            .flag("disabled", self.disabled == Some(true))
            .flag("multiple", self.multiple)
            .maybe("aria-describedby", described_by.ids())
            .attributes(&self.attributes)
            .void();
        let parts = [self.form_group.before(), Some(input), self.form_group.after()];
        let group = FormGroup {
            classes: Some([self.form_group.classes.as_deref().unwrap_or_default(), "nhsuk-file-upload"].join(" ").trim().to_owned()),
            attributes: self.group_attributes(),
            ..FormGroup::default()
        };
        group.render_around(self.error_message.is_some(), html! { (head) @for part in parts.into_iter().flatten() { (part) } })
    }
}
