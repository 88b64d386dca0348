-- Letters that staff draft and a clinician signs.

CREATE TABLE letter (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  item_id {id} NOT NULL,
  patient_id {id},
  recipient {text} NOT NULL,             -- name and address, one line each
  subject {text} NOT NULL,
  body {text} NOT NULL,
  to_patient {flag} NOT NULL,            -- whether it goes to the patient
  large_print {flag} NOT NULL,
  state {text} NOT NULL,                 -- draft, signed, posted, withdrawn
  version {int} NOT NULL,                -- counts changes
  drafted_by {text} NOT NULL,
  drafted_at {time} NOT NULL,
  signed_by {text},
  signed_at {time},
  ended_by {text},
  ended_at {time},
  why {text} NOT NULL,                   -- why it was withdrawn; empty otherwise
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX letter_waiting ON letter (organisation_id, state, drafted_at);
CREATE INDEX letter_item ON letter (organisation_id, item_id, drafted_at);
