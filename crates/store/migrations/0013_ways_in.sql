-- Texts and e-mails from patients, and who has the NHS App.

ALTER TABLE patient ADD COLUMN
  nhs_app_at {time};                     -- when NHS Notify first named them as told of messages by the NHS App; NULL: it does not

CREATE TABLE incoming (
  organisation_id {id} NOT NULL,
  id {text} NOT NULL,                    -- as the outside system knows it, so that it is taken in once
  channel {text} NOT NULL,               -- sms, email
  sender {text} NOT NULL,
  at {time} NOT NULL,                    -- when it was taken in
  item_id {id},                          -- where it went; NULL for the news of an undelivered message
  PRIMARY KEY (organisation_id, id)
) {strict};
CREATE INDEX incoming_sender ON incoming (organisation_id, sender, at);
CREATE INDEX message_sent_to ON message (organisation_id, sent_to, at) WHERE direction = 'out' AND channel IN ('sms', 'email');
