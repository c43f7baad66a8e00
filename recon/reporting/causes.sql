-- Live primaries that messages explain, by the interface that is at fault: the critical ones first, then the largest sum of money, whatever its currency.
WITH grouped AS (
    SELECT
        cause, count(*) AS findings, count(DISTINCT nullif(plant, '*')) AS plants, count(*) FILTER (WHERE severity = 'critical') AS critical, min(severity_rank) AS worst
    FROM judged
    WHERE is_primary AND live AND cause IS NOT NULL
    GROUP BY cause
), money AS (
    SELECT cause, currency, sum(abs(value_at_risk)) AS value_at_risk
    FROM judged
    WHERE is_primary AND live AND cause IS NOT NULL AND value_at_risk IS NOT NULL
    GROUP BY ALL
)
SELECT
    g.cause, NULL AS rule_id, NULL AS title, g.findings, g.plants, g.critical,
    list({'currency': m.currency, 'amount': m.value_at_risk} ORDER BY m.value_at_risk DESC, m.currency) FILTER (WHERE m.currency IS NOT NULL) AS money,
    count(*) OVER () AS all_of_them
FROM grouped AS g
LEFT JOIN money AS m USING (cause)
GROUP BY g.cause, g.findings, g.plants, g.critical, g.worst
ORDER BY g.critical DESC, max(m.value_at_risk) DESC NULLS LAST, g.findings DESC, g.worst, g.cause
LIMIT $limit
