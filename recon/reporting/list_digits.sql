-- How many hex digits of their identity tell the findings of this run apart.
SELECT CASE WHEN count(DISTINCT left(finding_id, 12)) = count(*) THEN 12 ELSE 64 END FROM findings
