/* ---
canonical: disposition
reads: [disposition]
--- */
SELECT plant, decided_at AS changed_at, row_ref, problems, ambiguous, disposition_id, material, batch, lot, lower(decision) AS decision, decided_by, decided_at
FROM raw.disposition
