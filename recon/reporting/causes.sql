-- Live primaries by what caused them, or, where nothing did that is known, by the rule that found them.
WITH grouped AS (
    SELECT
        cause, CASE WHEN cause IS NULL THEN rule_id END AS rule_id, CASE WHEN cause IS NULL THEN any_value(title) END AS title,
        count(*) AS findings, count(DISTINCT plant) AS plants, min(severity_rank) AS worst, min(severity_rank) = 0 AS has_critical,
        count(*) FILTER (WHERE severity = 'critical') AS critical
    FROM judged
    WHERE is_primary AND live
    GROUP BY cause, CASE WHEN cause IS NULL THEN rule_id END
), money AS (
    SELECT cause, CASE WHEN cause IS NULL THEN rule_id END AS rule_id, currency, sum(abs(value_at_risk)) AS value_at_risk
    FROM judged
    WHERE is_primary AND live AND value_at_risk IS NOT NULL
    GROUP BY ALL
)
SELECT
    g.cause, g.rule_id, g.title, g.findings, g.plants, g.critical,
    list({'currency': m.currency, 'amount': m.value_at_risk} ORDER BY m.value_at_risk DESC, m.currency) FILTER (WHERE m.currency IS NOT NULL) AS money,
    count(*) OVER () AS all_of_them
FROM grouped AS g
LEFT JOIN money AS m ON m.cause IS NOT DISTINCT FROM g.cause AND m.rule_id IS NOT DISTINCT FROM g.rule_id
GROUP BY g.cause, g.rule_id, g.title, g.findings, g.plants, g.critical, g.worst
-- A known cause says more than a rule. Within either, what is critical comes first, then the largest sum of money, whatever its currency, then the count.
ORDER BY g.cause IS NULL, g.critical DESC, max(m.value_at_risk) DESC NULLS LAST, g.findings DESC, g.worst, g.cause, g.rule_id
LIMIT $limit
