-- One row per rule and plant: the worst of its sources decides; the sources stay beside it.
SELECT
    rule_id, any_value(title) AS title, any_value(severity) AS severity, plant,
    CASE WHEN bool_or(outcome = 'failed') THEN 'failed' WHEN bool_or(outcome = 'not evaluated') THEN 'not evaluated' ELSE 'evaluated' END AS outcome,
    list({'source': source, 'outcome': outcome, 'reason': reason} ORDER BY source) AS sources,
    max(compared) AS compared, max(findings) AS findings, max(keys_not_evaluated) AS keys_not_evaluated, min(cut) AS cut, min(settled_until) AS settled_until
FROM outcomes
GROUP BY rule_id, plant
ORDER BY rule_id, plant
