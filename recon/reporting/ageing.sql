-- Live primaries by owner and age: nights, without the days on which their plant does not work.
SELECT
    owner,
    count(*) FILTER (WHERE working_days_open <= 1) AS to_1,
    count(*) FILTER (WHERE working_days_open BETWEEN 2 AND 7) AS to_7,
    count(*) FILTER (WHERE working_days_open BETWEEN 8 AND 30) AS to_30,
    count(*) FILTER (WHERE working_days_open > 30) AS over_30,
    count(*) AS findings,
    max(working_days_open) AS oldest
FROM judged
WHERE is_primary AND live
GROUP BY owner
ORDER BY over_30 DESC, to_30 DESC, findings DESC, owner
