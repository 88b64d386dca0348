-- Free slots are found by the service that they are for, or none, in order of time. An engine that keeps statistics of what
-- is indexed knows by it that most slots are for no service.

CREATE INDEX slot_by_service ON slot (organisation_id, pathway, COALESCE(service, ''), starts_at, id);
