-- A slot that was added to a session for one patient, with the reason; it goes when the appointment is given up.

ALTER TABLE slot ADD COLUMN
  extra_reason {text};                   -- NULL: an ordinary slot
