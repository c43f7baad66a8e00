-- Findings that people count, by where they are and how they stand; what could not be judged tonight says so.
SELECT plant, prefix, severity, CASE WHEN carried THEN 'not judged' ELSE state END AS state, count(*) AS findings
FROM judged
WHERE is_primary AND state NOT IN ('resolved', 'retired')
GROUP BY ALL
ORDER BY ALL
