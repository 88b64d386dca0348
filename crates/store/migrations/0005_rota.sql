-- The rota: rooms, session templates and changes; what slots take; attendance; choosing an appointment oneself.

CREATE TABLE room (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  site {text} NOT NULL,
  name {text} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};

-- One row a version: of those with effect from a day or earlier, the one that was made last is in force on it.
CREATE TABLE session_template (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,                      -- the template through all its versions
  from_day {date} NOT NULL,              -- with effect from
  definition {text},                     -- JSON; NULL: it has ended
  change_id {id} NOT NULL,               -- the change that made this version
  made_no {int} NOT NULL,                -- counts versions in the order in which they were made
  PRIMARY KEY (organisation_id, id, change_id)
) {strict};

CREATE TABLE rota_change (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  plan {text} NOT NULL,                  -- JSON: what was confirmed, and carried out
  outcome {text} NOT NULL,               -- JSON: what became of each person
  reason {text} NOT NULL,
  made_at {time} NOT NULL,
  made_by {text} NOT NULL,
  undone_at {time},
  undone_by {text},
  PRIMARY KEY (organisation_id, id)
) {strict};

-- Who or what is not there, for sessions that are still to be made.
CREATE TABLE absence (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,                      -- the change
  staff_id {id},
  room_id {id},
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  reason {text} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX absence_ends ON absence (organisation_id, ends_at);

ALTER TABLE clinic_session ADD COLUMN
  template_id {id};                      -- NULL: made by hand
ALTER TABLE clinic_session ADD COLUMN
  room_id {id};

ALTER TABLE slot ADD COLUMN
  sex {text};                            -- NULL: takes everybody
ALTER TABLE slot ADD COLUMN
  condition {text};                      -- a fact of the record that it is for
ALTER TABLE slot ADD COLUMN
  release_at {time};                     -- not to be booked before
ALTER TABLE slot ADD COLUMN
  window_minutes {int};                  -- NULL: an exact time
ALTER TABLE slot ADD COLUMN
  withdrawn_by {id};                     -- the change of the rota that took it away

-- Up to which day the sessions of a template have been made, so that each is made once.
CREATE TABLE template_made (
  organisation_id {id} NOT NULL,
  template_id {id} NOT NULL,
  until_day {date} NOT NULL,
  PRIMARY KEY (organisation_id, template_id)
) {strict};
CREATE INDEX clinic_session_template ON clinic_session (organisation_id, template_id, starts_at);
CREATE INDEX slot_session ON slot (organisation_id, session_id);

ALTER TABLE booking ADD COLUMN
  arrived_at {time};
ALTER TABLE booking ADD COLUMN
  left_at {time};
ALTER TABLE booking ADD COLUMN
  missed_at {time};                      -- did not attend
ALTER TABLE booking ADD COLUMN
  reminded_at {time};
ALTER TABLE booking ADD COLUMN
  answers {text};                        -- what the patient said when they chose it themselves
CREATE INDEX booking_slot ON booking (organisation_id, slot_id);

-- A link alone does not book: the date of birth is asked, and wrong ones are counted.
CREATE TABLE birth_check (
  organisation_id {id} NOT NULL,
  item_id {id} NOT NULL,
  wrong {int} NOT NULL,
  locked_until {time},
  PRIMARY KEY (organisation_id, item_id)
) {strict};

-- Who has passed the check chooses with this, for an hour.
CREATE TABLE booking_pass (
  organisation_id {id} NOT NULL,
  token_hash {bytes} NOT NULL,           -- SHA-256 of the pass
  item_id {id} NOT NULL,
  expires_at {time} NOT NULL,
  PRIMARY KEY (organisation_id, token_hash)
) {strict};
CREATE INDEX booking_pass_age ON booking_pass (organisation_id, expires_at);

-- For continuity and language, when slots are given out.
ALTER TABLE patient ADD COLUMN
  usual_clinician_id {id};
CREATE TABLE staff_language (
  organisation_id {id} NOT NULL,
  staff_id {id} NOT NULL,
  language {text} NOT NULL,              -- as people write it, in lower case
  PRIMARY KEY (organisation_id, staff_id, language)
) {strict};
