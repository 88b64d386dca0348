-- With is_open in it the desk's counts read this index alone, whatever other index there is.
DROP INDEX work_item_desk;
CREATE INDEX work_item_desk ON work_item (organisation_id, list_rank, due_at, id, urgency, waiting_for, owner_team, owner_staff, received_at, is_open) WHERE is_open = TRUE;
