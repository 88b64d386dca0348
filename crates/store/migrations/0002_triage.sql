-- Triage advice: the signature under a rule set, and what was advised for each item.

CREATE TABLE triage_signature (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,                      -- version 7: the latest is in force
  mode {text} NOT NULL,                  -- off, shadow, advice
  version {text} NOT NULL,               -- of the rule set that was signed
  name {text} NOT NULL,                  -- the clinical safety lead
  registration {text} NOT NULL,          -- professional registration number
  evaluation {text} NOT NULL,            -- the evaluation it was based on, in words
  signed_at {time} NOT NULL,
  expires_at {time} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};

CREATE TABLE triage_advice (
  organisation_id {id} NOT NULL,
  item_id {id} NOT NULL,
  at {time} NOT NULL,                    -- when it was read
  version {text} NOT NULL,               -- of the rule set that read it
  mode {text} NOT NULL,                  -- the mode then: shadow or advice
  urgency {text} NOT NULL,               -- as advised
  unsure {flag} NOT NULL,
  advice {text} NOT NULL,                -- JSON: findings, rules, questions
  decided {text},                        -- the urgency that a person set first; NULL while nobody has
  decided_at {time},
  PRIMARY KEY (organisation_id, item_id)
) {strict};
CREATE INDEX triage_advice_decided ON triage_advice (organisation_id, decided_at);
