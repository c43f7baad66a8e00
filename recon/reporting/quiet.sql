-- What is true but makes no noise.
SELECT
    count(*) FILTER (WHERE is_primary AND state = 'in flight') AS in_flight,
    count(*) FILTER (WHERE NOT is_primary AND (live OR state = 'in flight')) AS consequences,
    count(*) FILTER (WHERE is_primary AND state = 'waived') AS waived,
    (SELECT count(*) FROM not_evaluated) AS keys_not_evaluated,
    (SELECT count(*) FROM refused) AS refused
FROM judged
