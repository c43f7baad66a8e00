-- Single findings that differ, the gravest first.
SELECT left(finding_id, 12) AS finding, change, severity, rule_id, plant, key, state_then, state_now, fields, count(*) OVER () AS all_of_them
FROM differing
WHERE kind = 'finding'
ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, change, rule_id, finding_id
LIMIT $limit
