-- Why rules could not be judged, and where; failures first, then what blinds most.
WITH by_plant AS (
    SELECT outcome, plant, coalesce(reason, 'no reason given') AS reason, list(DISTINCT rule_id ORDER BY rule_id) AS rule_ids
    FROM outcomes
    WHERE outcome <> 'evaluated'
    GROUP BY ALL
)
SELECT outcome, reason, rule_ids, list(plant ORDER BY plant) AS plants
FROM by_plant
GROUP BY outcome, reason, rule_ids
ORDER BY outcome, len(rule_ids) * count(*) DESC, reason
