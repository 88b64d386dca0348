-- Lines of a list for a message to many that name nobody who could get it: no patient of the practice, or one who is on the list
-- already.

CREATE TABLE batch_line (
  organisation_id {id} NOT NULL,
  batch_id {id} NOT NULL,
  place {int} NOT NULL,                  -- the line of the list, from 1
  excluded {text} NOT NULL,              -- unknown or twice
  written {text} NOT NULL,               -- what stood there
  PRIMARY KEY (organisation_id, batch_id, place)
) {strict};
