-- The rows behind tonight's findings; those that did not fire tonight, resolved or not judged, keep what they last had.
SELECT * FROM evidence_row
UNION ALL
SELECT * FROM prior_evidence
WHERE finding_id IN (SELECT finding_id FROM finding) AND finding_id NOT IN (SELECT finding_id FROM fired)
ORDER BY finding_id, side, canonical_table, ordinal
