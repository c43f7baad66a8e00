/* ---
canonical: hold
reads: [hold]
--- */
SELECT plant, changed_at, row_ref, problems, ambiguous, hold_id, material, batch, coalesce(lower(scope), 'batch') AS scope, reason, owner, opened_at, closed_at
FROM raw.hold
