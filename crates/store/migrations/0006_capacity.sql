-- What a promise is made from and whether it was kept; what the practice knows of its growth; who was rung.

ALTER TABLE work_item ADD COLUMN
  ahead {int};                           -- how many waited before it when it came
ALTER TABLE work_item ADD COLUMN
  first_promise {time};                  -- by when the patient was first told to hear
ALTER TABLE work_item ADD COLUMN
  heard_at {time};                       -- when they first heard
CREATE INDEX work_item_heard ON work_item (organisation_id, heard_at) WHERE heard_at IS NOT NULL;
CREATE INDEX work_item_unheard ON work_item (organisation_id) WHERE is_open = TRUE AND heard_at IS NULL AND about_id IS NULL;

CREATE TABLE capacity_setting (
  organisation_id {id} NOT NULL PRIMARY KEY,
  growth {int} NOT NULL                  -- of the list of patients, in tenths of a per cent a year
) {strict};
