-- What the record said of a patient when their request was read: a replay reads it again with that.

ALTER TABLE triage_advice ADD COLUMN
  record {text};                         -- JSON; NULL: read before it was kept

-- A patient group direction has a last day.

ALTER TABLE prerequisite ADD COLUMN
  until_at {time};                       -- when it ends of itself; NULL: only by growing old

-- When what an absent person had on their list was handed to their team.

ALTER TABLE absence ADD COLUMN
  handed_over_at {time};                 -- NULL: not yet

-- What is about another item.

CREATE INDEX work_item_about ON work_item (organisation_id, about_id) WHERE about_id IS NOT NULL;

-- What clinicians can do besides what everybody on their pathway does: slots of theirs are found by it.

CREATE TABLE staff_skill (
  organisation_id {id} NOT NULL,
  staff_id {id} NOT NULL,
  skill {text} NOT NULL,                 -- as the practice calls it, in lower case
  PRIMARY KEY (organisation_id, staff_id, skill)
) {strict};
