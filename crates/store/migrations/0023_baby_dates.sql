-- When a patient's baby is due or was born, as the main record says it: triage reads weeks of pregnancy and after birth from it.

ALTER TABLE patient ADD COLUMN
  baby_due {text};                       -- a day; NULL: nothing noted
ALTER TABLE patient ADD COLUMN
  baby_born {text};                      -- a day; NULL: nothing noted
