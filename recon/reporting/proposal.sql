-- The proposal of one finding.
SELECT * FROM proposals WHERE finding_id = $finding_id
