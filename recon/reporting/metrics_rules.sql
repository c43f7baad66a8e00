-- Rules by how they ended at a plant: the worst of their sources speaks for a rule.
SELECT plant, outcome, count(*) AS rules
FROM (
    SELECT rule_id, plant,
           CASE WHEN bool_or(outcome = 'failed') THEN 'failed' WHEN bool_or(outcome = 'not evaluated') THEN 'not evaluated' ELSE 'evaluated' END AS outcome
    FROM outcomes
    GROUP BY rule_id, plant
)
GROUP BY ALL
ORDER BY ALL
