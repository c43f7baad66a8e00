-- The worst live primaries, for paper and for browsers without scripts.
SELECT
    finding_id, severity, rule_id, title, plant, material, material_text, batch, order_no, key::VARCHAR AS key, difference, quantity, unit,
    value_at_risk, currency, nights_open, state, owner
FROM judged
WHERE is_primary AND live
ORDER BY worst_first
LIMIT $limit
