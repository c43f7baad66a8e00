-- How many rules could not be judged for want of a source. A reason names the sources it is about; where it names none, it is about all of them.
WITH blocked AS (
    SELECT
        plant, source, rule_id, contains(concat('; ', reason), concat('; ', source, ': ')) AS named,
        split_part(concat('; ', reason), concat('; ', source, ': '), 2) AS because
    FROM outcomes
    WHERE outcome = 'not evaluated'
)
SELECT plant, source, count(DISTINCT rule_id) AS rules, mode(because) FILTER (WHERE named) AS because
FROM (SELECT *, bool_or(named) OVER (PARTITION BY plant, rule_id) AS any_named FROM blocked)
WHERE named OR NOT any_named
GROUP BY plant, source
