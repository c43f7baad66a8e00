-- Live primaries by severity and state. A new one that is only carried, because it could not be judged tonight, is not new tonight.
SELECT severity, CASE WHEN state = 'new' AND event IS NULL THEN 'open' ELSE state END AS state, count(*) AS findings
FROM judged
WHERE is_primary AND live
GROUP BY severity, 2, severity_rank
ORDER BY severity_rank, 2
