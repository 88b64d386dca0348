-- The service that an item was for before it went another way, so that undo gives it back.

ALTER TABLE work_item ADD COLUMN
  service_before {text};                 -- NULL: of no service, or never another way
