-- The practice's own templates of replies, each version approved by a second person for a year.

CREATE TABLE reply_template (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  family {id} NOT NULL,                  -- the same through its versions
  version {int} NOT NULL,
  title {text} NOT NULL,
  body {text} NOT NULL,
  state {text} NOT NULL,                 -- draft, approved, retired
  made_by {text} NOT NULL,
  made_at {time} NOT NULL,
  approved_by {text},
  review_on {date},
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX reply_template_family ON reply_template (organisation_id, family, version);
