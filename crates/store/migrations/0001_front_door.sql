-- The front door: organisations, people, requests, the desk, booking, messages, records, events and jobs.
-- Column types are neutral words in braces; the engine turns them into its own.

CREATE TABLE organisation (
  id {id} NOT NULL PRIMARY KEY,          -- the tenant
  name {text} NOT NULL,                  -- as patients see it
  ods_code {text} NOT NULL,              -- Organisation Data Service code
  host {text},                           -- web host that means this organisation; NULL when it is the only one
  phone {text} NOT NULL,                 -- the number that patients ring
  demonstration {flag} NOT NULL          -- made-up people only; every page says so
) {strict};

CREATE TABLE team (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  name {text} NOT NULL,                  -- as staff see it
  purpose {text} NOT NULL,               -- triage, duty or pathway
  pathways {text} NOT NULL,              -- comma-separated pathway codes that it owns
  PRIMARY KEY (organisation_id, id)
) {strict};

CREATE TABLE staff (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  name {text} NOT NULL,                  -- as colleagues and patients see it
  email {text} NOT NULL,                 -- signs in with it; lower case
  role {text} NOT NULL,                  -- coordinator, clinician, reception, manager, auditor
  team_id {id} NOT NULL,                 -- whose work they share
  presence {text} NOT NULL,              -- at_work, away, left
  password_hash {text} NOT NULL,         -- argon2id, PHC string
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE UNIQUE INDEX staff_email ON staff (organisation_id, email);

CREATE TABLE staff_session (
  organisation_id {id} NOT NULL,
  token_hash {bytes} NOT NULL,           -- SHA-256 of the cookie's token
  staff_id {id} NOT NULL,
  csrf {text} NOT NULL,                  -- the token that every form of this session carries
  created_at {time} NOT NULL,
  seen_at {time} NOT NULL,               -- last use, to within five minutes
  expires_at {time} NOT NULL,
  PRIMARY KEY (organisation_id, token_hash)
) {strict};
CREATE INDEX staff_session_by_staff ON staff_session (organisation_id, staff_id);

CREATE TABLE patient (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  nhs_number {text},                     -- ten digits
  given {text} NOT NULL,
  family {text} NOT NULL,
  birth_date {date} NOT NULL,
  sex {text} NOT NULL,                   -- female, male, other, unknown
  postcode {text},
  address {text} NOT NULL,               -- lines, separated by newlines
  phone {text},                          -- E.164
  email {text},
  needs {text} NOT NULL,                 -- JSON: standing contact needs
  person_key {text} NOT NULL,            -- folded family|given|birth date
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE UNIQUE INDEX patient_nhs_number ON patient (organisation_id, nhs_number);
CREATE INDEX patient_person ON patient (organisation_id, person_key);

CREATE TABLE search_token (
  organisation_id {id} NOT NULL,
  token {text} NOT NULL,                 -- folded word, number, postcode or reference
  subject {text} NOT NULL,               -- patient or item
  subject_id {id} NOT NULL,
  PRIMARY KEY (organisation_id, token, subject, subject_id)
) {strict};

CREATE TABLE draft (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  secret_hash {bytes} NOT NULL,          -- SHA-256 of the secret that the form carries
  answers {text} NOT NULL,               -- JSON: every field exactly as typed
  item_id {id},                          -- the red item that it has become, if an emergency sign was ticked
  state {text} NOT NULL,                 -- open, sent, abandoned
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX draft_open ON draft (organisation_id, updated_at) WHERE state = 'open';

CREATE TABLE work_item (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  reference {text} NOT NULL,             -- eight characters that people quote
  kind {text} NOT NULL,
  door {text} NOT NULL,                  -- how it came
  patient_id {id},                       -- once matched
  person_name {text} NOT NULL,
  person_key {text},                     -- folded family|given|birth date, when known
  birth_date {date},
  summary {text} NOT NULL,               -- the first words, for the list
  received_at {time} NOT NULL,
  promised_by {time} NOT NULL,           -- when the patient was told to hear by
  was_red {flag} NOT NULL,               -- ever red
  earlier_id {id},                       -- the request that this repeats
  about_id {id},                         -- the item that this is about (an undelivered message's)
  version {int} NOT NULL,                -- counts changes
  urgency {text},                        -- NULL until triaged
  pathway {text},
  is_open {flag} NOT NULL,
  list_rank {int} NOT NULL,              -- 0 red, 1 everything else
  waiting_for {text},                    -- practice, patient, appointment; NULL when closed
  owner_team {id},                       -- never NULL while open
  owner_staff {id},                      -- at work
  action {text},                         -- the next move; never NULL while open
  due_at {time},                         -- never NULL while open
  asked_at {time},
  booking_id {id},
  booking_starts {time},
  proposal {text},                       -- JSON: a lower urgency that waits for a second person
  earlier_read {flag} NOT NULL,
  closed_at {time},
  outcome {text},
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE UNIQUE INDEX work_item_reference ON work_item (organisation_id, reference);
CREATE INDEX work_item_desk ON work_item (organisation_id, list_rank, due_at, id, urgency, waiting_for, owner_team, owner_staff, received_at) WHERE is_open = TRUE;
CREATE INDEX work_item_team ON work_item (organisation_id, owner_team, list_rank, due_at, id) WHERE is_open = TRUE;
CREATE INDEX work_item_staff ON work_item (organisation_id, owner_staff, list_rank, due_at, id) WHERE is_open = TRUE;
CREATE INDEX work_item_awaiting ON work_item (organisation_id, waiting_for, due_at) WHERE is_open = TRUE;
CREATE INDEX work_item_patient ON work_item (organisation_id, patient_id, received_at);
CREATE INDEX work_item_person ON work_item (organisation_id, person_key, received_at);
CREATE INDEX work_item_received ON work_item (organisation_id, received_at, is_open);

CREATE TABLE request (
  organisation_id {id} NOT NULL,
  item_id {id} NOT NULL,
  details {text} NOT NULL,               -- JSON: everything that was said
  PRIMARY KEY (organisation_id, item_id)
) {strict};

CREATE TABLE private_link (
  organisation_id {id} NOT NULL,
  token_hash {bytes} NOT NULL,           -- SHA-256 of the link's token
  item_id {id} NOT NULL,
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL,
  PRIMARY KEY (organisation_id, token_hash)
) {strict};

CREATE TABLE clinic_session (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  clinician_id {id} NOT NULL,
  clinician_name {text} NOT NULL,
  site {text} NOT NULL,
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};

CREATE TABLE slot (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  session_id {id} NOT NULL,
  pathway {text} NOT NULL,
  category {text} NOT NULL,              -- national (GPAD) category
  mode {text} NOT NULL,
  setting {text} NOT NULL,               -- national service setting
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  same_day_only {flag} NOT NULL,
  age_from {int} NOT NULL,               -- whole years
  age_to {int} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX slot_by_pathway ON slot (organisation_id, pathway, starts_at, id);
CREATE INDEX slot_by_time ON slot (organisation_id, starts_at);

-- A slot has at most one claim: this key is why it is never booked twice.
CREATE TABLE slot_claim (
  organisation_id {id} NOT NULL,
  slot_id {id} NOT NULL,
  kind {text} NOT NULL,                  -- hold or booking
  item_id {id} NOT NULL,
  staff_id {id},                         -- who holds it
  until_at {time},                       -- when a hold ends
  booking_id {id},
  PRIMARY KEY (organisation_id, slot_id)
) {strict};
CREATE INDEX slot_claim_item ON slot_claim (organisation_id, item_id);

CREATE TABLE booking (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  slot_id {id} NOT NULL,
  item_id {id} NOT NULL,
  patient_id {id},
  state {text} NOT NULL,                 -- booked, moved, cancelled
  booked_at {time} NOT NULL,
  ended_at {time},                       -- when moved or cancelled
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX booking_item ON booking (organisation_id, item_id);
CREATE INDEX booking_patient ON booking (organisation_id, patient_id);

CREATE TABLE message (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  item_id {id} NOT NULL,
  patient_id {id},
  direction {text} NOT NULL,             -- out, in, internal
  channel {text} NOT NULL,               -- sms, email, letter, link
  delivery {text} NOT NULL,              -- the one true state
  purpose {text},
  sent_to {text} NOT NULL,               -- the address it went to; empty for notes
  by_name {text} NOT NULL,
  at {time} NOT NULL,
  subject {text} NOT NULL,
  body {text} NOT NULL,
  provider_id {text},                    -- the outside service's id
  deadline {time},                       -- by when a receipt must have come
  why_failed {text},
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX message_item ON message (organisation_id, item_id, at);
CREATE INDEX message_provider ON message (organisation_id, provider_id);
CREATE INDEX message_deadline ON message (organisation_id, deadline) WHERE delivery = 'sent';

CREATE TABLE record_entry (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  patient_id {id},
  item_id {id} NOT NULL,
  at {time} NOT NULL,
  by_name {text} NOT NULL,
  outcome {text} NOT NULL,
  code {text},                           -- SNOMED CT concept, when chosen
  body {text} NOT NULL,
  withdrawn {flag} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX record_entry_patient ON record_entry (organisation_id, patient_id, at);
CREATE INDEX record_entry_item ON record_entry (organisation_id, item_id);

CREATE TABLE closure (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  reason {text} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};

CREATE TABLE saved_view (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  staff_id {id} NOT NULL,
  name {text} NOT NULL,
  filter {text} NOT NULL,                -- the desk's query string
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX saved_view_staff ON saved_view (organisation_id, staff_id);

CREATE TABLE event (
  organisation_id {id} NOT NULL,
  seq {int} NOT NULL,                    -- 1, 2, 3 … without a gap
  at {time} NOT NULL,
  actor {text} NOT NULL,                 -- JSON: who
  verb {text} NOT NULL,
  item_id {id},
  patient_id {id},
  words {text} NOT NULL,                 -- what history says
  before_state {text},                   -- JSON position before, for undo
  after_state {text},                    -- JSON position after
  hash {bytes} NOT NULL,                 -- SHA-256 of the hash before and of this row
  PRIMARY KEY (organisation_id, seq)
) {strict};
CREATE INDEX event_item ON event (organisation_id, item_id, seq);
CREATE INDEX event_patient ON event (organisation_id, patient_id, seq);

CREATE TABLE event_head (
  organisation_id {id} NOT NULL PRIMARY KEY,
  seq {int} NOT NULL,                    -- the last event's
  hash {bytes} NOT NULL
) {strict};

CREATE TABLE idempotency (
  organisation_id {id} NOT NULL,
  key {text} NOT NULL,                   -- the form's key
  at {time} NOT NULL,
  answer {text} NOT NULL,                -- JSON: what was answered the first time
  PRIMARY KEY (organisation_id, key)
) {strict};
CREATE INDEX idempotency_age ON idempotency (organisation_id, at);

CREATE TABLE job (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  kind {text} NOT NULL,
  payload {text} NOT NULL,               -- JSON
  state {text} NOT NULL,                 -- ready, done, dead
  run_at {time} NOT NULL,
  leased_until {time},
  attempts {int} NOT NULL,
  last_error {text},
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX job_ready ON job (organisation_id, run_at) WHERE state = 'ready';
