-- The one true final state of a message: where no receipts are given it counts as handed over once nothing has come back in
-- time, and a receipt that comes after its deadline still counts.

ALTER TABLE message ADD COLUMN
  handed_over_at {time};                 -- NULL: its service gives receipts, or its state is final
ALTER TABLE message ADD COLUMN
  silent_at {time};                      -- when it was taken for not delivered because no receipt had come; NULL: never
CREATE INDEX message_handed_over ON message (organisation_id, handed_over_at);
