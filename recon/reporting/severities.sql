-- Live primaries by severity, those that came tonight, and those that are only carried because they could not be judged.
SELECT
    severity, count(*) AS findings, count(*) FILTER (WHERE state IN ('new', 'reopened') AND NOT carried) AS came, count(*) FILTER (WHERE carried) AS carried
FROM judged
WHERE is_primary AND live
GROUP BY severity, severity_rank
ORDER BY severity_rank
