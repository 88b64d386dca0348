-- Questionnaires: those that the practice makes, and those that were sent.

CREATE TABLE questionnaire (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  url {text} NOT NULL,                   -- the same through its versions
  version {int} NOT NULL,
  title {text} NOT NULL,
  definition {text} NOT NULL,            -- FHIR R4 Questionnaire
  source {text} NOT NULL,                -- the lines that it was written in; empty when a file was taken
  state {text} NOT NULL,                 -- draft, approved, retired
  made_by {text} NOT NULL,
  made_at {time} NOT NULL,
  approved_by {text},
  review_on {date},                      -- not sent after this day until somebody approves it again
  PRIMARY KEY (organisation_id, id)
) {strict};

CREATE TABLE questionnaire_sent (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  item_id {id} NOT NULL,
  patient_id {id},
  url {text} NOT NULL,
  title {text} NOT NULL,
  definition {text} NOT NULL,            -- as it was when it was sent
  sent_by {text} NOT NULL,
  sent_at {time} NOT NULL,
  due_at {time} NOT NULL,
  reminded_at {time},
  answered_at {time},
  answers {text},                        -- JSON by question
  outcome {text},                        -- JSON: what the answers came to
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX questionnaire_sent_item ON questionnaire_sent (organisation_id, item_id, sent_at);
CREATE INDEX questionnaire_sent_patient ON questionnaire_sent (organisation_id, patient_id, sent_at);
CREATE INDEX questionnaire_sent_open ON questionnaire_sent (organisation_id, sent_at) WHERE answered_at IS NULL;
