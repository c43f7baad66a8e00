SELECT side, canonical_table, row_ref, row::VARCHAR AS row
FROM evidence
WHERE finding_id = $finding_id
ORDER BY side, canonical_table, ordinal
LIMIT $limit
