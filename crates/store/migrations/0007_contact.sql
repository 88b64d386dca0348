-- Safe contact; messages that took another way; messages to many.

ALTER TABLE patient ADD COLUMN
  contact_rules {text};                  -- JSON; NULL: nothing special is agreed
ALTER TABLE message ADD COLUMN
  instead_of {id};                       -- the message that failed before this one
ALTER TABLE message ADD COLUMN
  batch_id {id};                         -- the batch that it is part of
CREATE INDEX message_batch ON message (organisation_id, batch_id) WHERE batch_id IS NOT NULL;

CREATE TABLE batch (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  item_id {id} NOT NULL,                 -- the work item that it stays on until it is done
  name {text} NOT NULL,
  body {text} NOT NULL,                  -- what patients read
  one_a_household {flag} NOT NULL,
  state {text} NOT NULL,                 -- draft, released, stopped, done
  made_by {text} NOT NULL,
  made_by_id {id} NOT NULL,
  made_at {time} NOT NULL,
  released_by {text},
  goes_at {time},                        -- the first message goes then; until then it can be stopped without a trace
  a_minute {int} NOT NULL,               -- messages a minute at most
  PRIMARY KEY (organisation_id, id)
) {strict};

CREATE TABLE batch_person (
  organisation_id {id} NOT NULL,
  batch_id {id} NOT NULL,
  patient_id {id} NOT NULL,
  place {int} NOT NULL,                  -- in the order of the list
  excluded {text},                       -- why they are left out; NULL: they are written to
  way {text},                            -- the channel that was planned when the list was made
  message_id {id},                       -- once it is on its way
  PRIMARY KEY (organisation_id, batch_id, patient_id)
) {strict};
CREATE INDEX batch_person_waiting ON batch_person (organisation_id, batch_id, place) WHERE excluded IS NULL AND message_id IS NULL;

-- How online requests are taken, dated: the version whose day has come and that was made last is in force.
CREATE TABLE opening (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  from_at {time} NOT NULL,               -- in force from
  rules {text} NOT NULL,                 -- JSON
  why {text} NOT NULL,
  made_at {time} NOT NULL,
  made_by {text} NOT NULL,
  made_no {int} NOT NULL,                -- counts versions in the order in which they were made
  withdrawn {flag} NOT NULL,             -- taken back before its day
  PRIMARY KEY (organisation_id, id)
) {strict};
