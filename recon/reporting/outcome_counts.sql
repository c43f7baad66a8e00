-- Rules × plants by how they ended; the worst of the sources decides.
SELECT outcome, count(*) AS rules
FROM (
    SELECT CASE WHEN bool_or(outcome = 'failed') THEN 'failed' WHEN bool_or(outcome = 'not evaluated') THEN 'not evaluated' ELSE 'evaluated' END AS outcome
    FROM outcomes
    GROUP BY rule_id, plant
)
GROUP BY outcome
