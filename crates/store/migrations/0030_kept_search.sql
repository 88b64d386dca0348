-- What staff searched for, for as long as they work with what was found: no name or number stands in an address.

CREATE TABLE kept_search (
  organisation_id {id} NOT NULL,
  id {id} NOT NULL,                      -- stands in the address instead
  staff_id {id} NOT NULL,                -- nobody else sees it
  words {text} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {strict};
