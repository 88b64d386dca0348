-- The rule book: what a practice lays over the shipped content, and the second readings of closed requests. And an index
-- by which a search passes over the words of everything older than the oldest open item.

CREATE TABLE triage_layer (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,                      -- version 7: the latest published is in force
  state {text} NOT NULL,                 -- draft, published, discarded
  changes {text} NOT NULL,               -- JSON: every change, those of the version before it included
  made_at {time} NOT NULL,
  made_by {text} NOT NULL,
  decided_at {time},                     -- published or thrown away
  decided_by {text},
  version {text},                        -- the rule set that it makes, once replayed
  replay {text},                         -- JSON: what the replay since the last change said
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX triage_layer_state ON triage_layer (organisation_id, state);
CREATE INDEX triage_advice_at ON triage_advice (organisation_id, at);

CREATE TABLE second_reading (
  organisation_id {id} NOT NULL,
  item_id {id} NOT NULL,
  chosen_at {time} NOT NULL,             -- when the item was closed
  first_urgency {text} NOT NULL,         -- as it stood when it was closed
  age_band {text} NOT NULL,
  sex {text} NOT NULL,
  language {text} NOT NULL,              -- English, or with an interpreter
  door {text} NOT NULL,
  reader_id {id},                        -- NULL while nobody has read it
  urgency {text},                        -- what the second reader would have set
  note {text},
  read_at {time},
  PRIMARY KEY (organisation_id, item_id)
) {strict};
CREATE INDEX second_reading_waiting ON second_reading (organisation_id, read_at);

CREATE TABLE triage_setting (
  organisation_id {id} NOT NULL,
  second_reading_share {int} NOT NULL,   -- of 10,000 closed requests, so many are read again
  PRIMARY KEY (organisation_id)
) {strict};

CREATE TABLE patient_fact (
  organisation_id {id} NOT NULL,
  patient_id {id} NOT NULL,
  fact {text} NOT NULL,                  -- what the main record says: asthma, anticoagulant, frailty …
  PRIMARY KEY (organisation_id, patient_id, fact)
) {strict};

CREATE INDEX work_item_open ON work_item (organisation_id, id) WHERE is_open = TRUE;
