-- Live primaries by severity and state.
SELECT severity, state, count(*) AS findings
FROM judged
WHERE is_primary AND live
GROUP BY severity, state, severity_rank
ORDER BY severity_rank, state
