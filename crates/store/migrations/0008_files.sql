-- Photos and documents on a request.

CREATE TABLE attachment (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  item_id {id} NOT NULL,
  direction {text} NOT NULL,             -- in: from the patient, out: to the patient
  by_name {text} NOT NULL,
  at {time} NOT NULL,
  name {text} NOT NULL,
  media_type {text} NOT NULL,
  width {int} NOT NULL,                  -- pixels; 0 for a document
  height {int} NOT NULL,
  size {int} NOT NULL,                   -- bytes
  state {text} NOT NULL,                 -- kept, unchecked, removed
  content {bytes},                       -- NULL once it was removed
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX attachment_item ON attachment (organisation_id, item_id, at);
CREATE INDEX attachment_unchecked ON attachment (organisation_id, at) WHERE state = 'unchecked';
