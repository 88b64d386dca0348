-- What whoever sees the patient must be skilled in, as the practice calls it.

ALTER TABLE work_item ADD COLUMN
  skill {text};                          -- NULL: what everybody on its pathway can do
ALTER TABLE work_item ADD COLUMN
  skill_before {text};                   -- what it was when it went another way, for the way back
