-- When somebody works in a usual week.

ALTER TABLE staff ADD COLUMN
  hours {text};                          -- JSON; NULL: not told
