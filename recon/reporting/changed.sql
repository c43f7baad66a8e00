-- What moved since the run before, worst first within each kind.
WITH moved AS (
    SELECT
        r.*,
        CASE
            WHEN r.carried THEN NULL
            WHEN r.state = 'new' THEN 'new'
            WHEN r.state = 'reopened' THEN 'reopened'
            WHEN r.state = 'resolved' THEN 'resolved'
            WHEN r.live AND (abs(r.difference) > abs(b.difference) OR abs(r.quantity) > abs(b.quantity)) THEN 'worsened'
        END AS kind
    FROM judged AS r LEFT JOIN before AS b USING (finding_id)
    WHERE r.is_primary
)
SELECT
    kind, finding_id, severity, rule_id, title, plant, material, material_text, batch, order_no, key::VARCHAR AS key, difference, quantity, unit,
    value_at_risk, currency, nights_open, state, owner, count(*) OVER (PARTITION BY kind) AS all_of_them
FROM moved
WHERE kind IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY worst_first) <= $limit
ORDER BY kind, worst_first
