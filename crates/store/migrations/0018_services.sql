-- Planned services: slots kept for one, items that are for one, and messages to many that invite to book one.

ALTER TABLE slot ADD COLUMN
  service {text};                        -- NULL: of no service
ALTER TABLE work_item ADD COLUMN
  service {text};                        -- NULL: of no service
ALTER TABLE batch ADD COLUMN
  invites_to {text};                     -- JSON: the pathway and the service that its people may book; NULL: nothing
ALTER TABLE batch_person ADD COLUMN
  item_id {id};                          -- the item that was made when they opened their invitation
ALTER TABLE batch_person ADD COLUMN
  wrong_births {int};                    -- dates of birth that were wrong; NULL: none
ALTER TABLE batch_person ADD COLUMN
  locked_until {time};                   -- after too many

CREATE TABLE invitation_link (
  organisation_id {id} NOT NULL,
  token_hash {bytes} NOT NULL,
  batch_id {id} NOT NULL,
  patient_id {id} NOT NULL,
  expires_at {time} NOT NULL,
  PRIMARY KEY (organisation_id, token_hash)
) {strict};
CREATE INDEX work_item_service ON work_item (organisation_id, service) WHERE service IS NOT NULL AND is_open = TRUE;
