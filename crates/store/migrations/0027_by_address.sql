-- Whose number or address something came from.

CREATE INDEX patient_phone ON patient (organisation_id, phone);
CREATE INDEX patient_email ON patient (organisation_id, email);

-- How somebody of a message to many was written to before.

CREATE INDEX message_batch_person ON message (organisation_id, batch_id, patient_id) WHERE batch_id IS NOT NULL;

-- What was sent by a way that gives no receipts, before that was told apart.

UPDATE message SET handed_over_at = at WHERE delivery = 'sent' AND deadline IS NULL AND handed_over_at IS NULL;
