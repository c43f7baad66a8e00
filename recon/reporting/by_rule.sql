-- Live primaries that no message explains, by the rule that found them.
WITH grouped AS (
    SELECT
        rule_id, any_value(title) AS title, count(*) AS findings, count(DISTINCT plant) AS plants, count(*) FILTER (WHERE severity = 'critical') AS critical,
        min(severity_rank) AS worst
    FROM judged
    WHERE is_primary AND live AND cause IS NULL
    GROUP BY rule_id
), money AS (
    SELECT rule_id, currency, sum(abs(value_at_risk)) AS value_at_risk
    FROM judged
    WHERE is_primary AND live AND cause IS NULL AND value_at_risk IS NOT NULL
    GROUP BY ALL
)
SELECT
    NULL AS cause, g.rule_id, g.title, g.findings, g.plants, g.critical,
    list({'currency': m.currency, 'amount': m.value_at_risk} ORDER BY m.value_at_risk DESC, m.currency) FILTER (WHERE m.currency IS NOT NULL) AS money,
    count(*) OVER () AS all_of_them
FROM grouped AS g
LEFT JOIN money AS m USING (rule_id)
GROUP BY g.rule_id, g.title, g.findings, g.plants, g.critical, g.worst
-- What is critical comes first, then the largest sum of money, whatever its currency, then the count.
ORDER BY g.critical DESC, max(m.value_at_risk) DESC NULLS LAST, g.findings DESC, g.worst, g.rule_id
LIMIT $limit
