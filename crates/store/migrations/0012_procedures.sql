-- Coil and implant clinics, and what must be done before.

ALTER TABLE slot ADD COLUMN
  procedure {text};                      -- NULL: none

CREATE TABLE prerequisite (
  organisation_id {id} NOT NULL,
  item_id {id} NOT NULL,
  code {text} NOT NULL,
  noted_at {time} NOT NULL,
  noted_by {text} NOT NULL,
  PRIMARY KEY (organisation_id, item_id, code)
) {strict};
