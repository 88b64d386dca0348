-- What a practice says of itself, from a moment on: the number that patients ring, and which team takes which pathway.

CREATE TABLE practice_details (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  from_at {time} NOT NULL,
  phone {text} NOT NULL,
  takes {text} NOT NULL,                 -- JSON: code of the pathway, id of the team
  why {text} NOT NULL,
  made_at {time} NOT NULL,
  made_by {text} NOT NULL,
  made_no {int} NOT NULL,                -- of two for the same moment the later made one counts
  withdrawn {flag} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};

CREATE INDEX practice_details_from ON practice_details (organisation_id, from_at);
