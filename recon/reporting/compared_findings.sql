-- Single findings that differ, the gravest first.
SELECT
    change, left(finding_id, 12) AS finding, severity, rule_id, plant, material_text, key, before.state AS state_before, after.state AS state_after,
    exact(coalesce(before.difference, before.quantity)) AS before, exact(coalesce(after.difference, after.quantity)) AS after,
    coalesce(after.unit, before.unit) AS unit, count(*) OVER () AS all_of_them
FROM compared
WHERE change <> 'same' AND consequence_of IS NULL
ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, change, rule_id, finding_id
LIMIT $limit
