-- Critical primaries, by exposure, then quantity, then money.
SELECT
    finding_id, severity, rule_id, title, plant, material, material_text, batch, key::VARCHAR AS key, owner, state, nights_open, exposure_rank,
    CASE WHEN carried THEN last_seen END AS last_judged,
    quantity, difference, unit, value_at_risk, currency, explanation, evidence::VARCHAR AS evidence,
    count(*) OVER () AS all_of_them
FROM judged
WHERE is_primary AND live AND severity = 'critical'
ORDER BY worst_first
LIMIT $limit
