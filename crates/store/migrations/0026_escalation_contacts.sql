-- Who is rung for each step of the escalation, as the practice has it.

CREATE TABLE escalation_contact (
  organisation_id {id} NOT NULL,
  step {text} NOT NULL,                  -- the id of the step
  name {text} NOT NULL,
  phone {text} NOT NULL,
  PRIMARY KEY (organisation_id, step)
) {strict};
