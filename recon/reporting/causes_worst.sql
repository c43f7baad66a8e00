-- The worst live primaries of each of these causes.
SELECT
    cause, finding_id, severity, rule_id, title, plant, material, material_text, batch, order_no, key::VARCHAR AS key, difference, quantity, unit,
    value_at_risk, currency, nights_open, state, owner
FROM judged
WHERE is_primary AND live AND list_contains($causes::VARCHAR[], cause)
QUALIFY row_number() OVER (PARTITION BY cause ORDER BY worst_first) <= $each
ORDER BY cause, worst_first
