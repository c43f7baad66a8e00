-- What messages say of tonight's findings. What is in flight by itself stays so; what fires is in flight where a message within its service level carries it.
UPDATE fired
SET explanation = e.text, cause = e.cause, in_flight = fired.in_flight OR e.in_flight
FROM explained e
WHERE e.finding_id = fired.finding_id;

-- A message that explains findings is of the same cause as they are.
UPDATE fired
SET cause = o.cause
FROM of_message o
WHERE o.finding_id = fired.finding_id
