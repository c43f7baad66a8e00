-- Keys that could not be judged, by plant and reason, with the rules that would have judged them.
WITH by_rule AS (
    SELECT plant, reason, rule_id, count(*) AS keys, list(key::VARCHAR ORDER BY key::VARCHAR)[1:5] AS examples
    FROM not_evaluated
    GROUP BY ALL
)
SELECT
    plant, reason, sum(keys) AS keys, list({'rule_id': rule_id, 'keys': keys} ORDER BY keys DESC, rule_id) AS rules,
    list_distinct(flatten(list(examples ORDER BY keys DESC, rule_id))) AS examples
FROM by_rule
GROUP BY plant, reason
ORDER BY keys DESC, plant, reason
