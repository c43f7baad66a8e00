SELECT rule_id, plant, reason, count(*) AS keys, list(key::VARCHAR ORDER BY key::VARCHAR)[1:5] AS examples
FROM not_evaluated
GROUP BY rule_id, plant, reason
ORDER BY keys DESC, rule_id, plant, reason
