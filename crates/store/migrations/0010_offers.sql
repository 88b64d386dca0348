-- A slot that has become free is offered to those who wait.

ALTER TABLE slot ADD COLUMN
  freed_at {time};                       -- a booking of it was given up then, and nobody has been found for it yet
CREATE INDEX slot_freed ON slot (organisation_id, starts_at) WHERE freed_at IS NOT NULL;

CREATE TABLE slot_offer (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  slot_id {id} NOT NULL,
  item_id {id} NOT NULL,
  offered_at {time} NOT NULL,
  until_at {time} NOT NULL,
  state {text} NOT NULL,                 -- open, taken, declined, expired, gone
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX slot_offer_open ON slot_offer (organisation_id, until_at) WHERE state = 'open';
CREATE INDEX slot_offer_slot ON slot_offer (organisation_id, slot_id);
CREATE INDEX slot_offer_item ON slot_offer (organisation_id, item_id, offered_at);

-- Patients with an appointment who want an earlier one.
CREATE TABLE wants_earlier (
  organisation_id {id} NOT NULL,
  item_id {id} NOT NULL,
  PRIMARY KEY (organisation_id, item_id)
) {strict};

CREATE TABLE offer_rules (
  organisation_id {id} NOT NULL,
  rules {text} NOT NULL,                 -- JSON
  PRIMARY KEY (organisation_id)
) {strict};
