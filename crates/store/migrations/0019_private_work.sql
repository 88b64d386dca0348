-- Work that the NHS does not pay for: what, for how much, agreed, paid.

CREATE TABLE private_work (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,
  item_id {id} NOT NULL,
  what {text} NOT NULL,
  fee {int} NOT NULL,                    -- pence
  state {text} NOT NULL,                 -- quoted, agreed, paid, declined
  logged_by {text} NOT NULL,
  logged_at {time} NOT NULL,
  changed_by {text} NOT NULL,
  changed_at {time} NOT NULL,
  note {text} NOT NULL,                  -- how it was paid, why it was declined; may be empty
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX private_work_state ON private_work (organisation_id, state, logged_at);
CREATE INDEX private_work_item ON private_work (organisation_id, item_id, logged_at);
