-- Online hours and limits that hold for one day only.

ALTER TABLE opening ADD COLUMN
  until_at {time};                       -- NULL: until another version; otherwise what held before holds again then
