-- Findings of two runs side by side: `one` and `other` are their findings. What stands in one of them alone is new or gone.
CREATE VIEW compared AS
SELECT
    finding_id,
    coalesce(b.rule_id, a.rule_id) AS rule_id,
    coalesce(b.title, a.title) AS title,
    coalesce(b.severity, a.severity) AS severity,
    coalesce(b.system, a.system) AS system,
    coalesce(b.plant, a.plant) AS plant,
    coalesce(b.key, a.key) AS key,
    coalesce(b.material_text, a.material_text) AS material_text,
    coalesce(b.consequence_of, a.consequence_of) AS consequence_of,
    {'state': a.state, 'difference': a.difference, 'quantity': a.quantity, 'unit': a.unit, 'value_at_risk': a.value_at_risk, 'currency': a.currency} AS before,
    {'state': b.state, 'difference': b.difference, 'quantity': b.quantity, 'unit': b.unit, 'value_at_risk': b.value_at_risk, 'currency': b.currency} AS after,
    CASE
        WHEN NOT coalesce(a.state NOT IN ('resolved', 'retired'), false) THEN 'new'
        WHEN NOT coalesce(b.state NOT IN ('resolved', 'retired'), false) THEN 'gone'
        WHEN a.state <> b.state AND (a.difference IS DISTINCT FROM b.difference OR a.quantity IS DISTINCT FROM b.quantity) THEN 'state and quantity'
        -- That what was new is open is the course of things.
        WHEN a.state <> b.state AND NOT (a.state IN ('new', 'reopened') AND b.state = 'open') THEN 'state'
        WHEN a.difference IS DISTINCT FROM b.difference OR a.quantity IS DISTINCT FROM b.quantity THEN 'quantity'
        WHEN a.value_at_risk IS DISTINCT FROM b.value_at_risk THEN 'value'
        ELSE 'same'
    END AS change
FROM one a FULL JOIN other b USING (finding_id)
WHERE coalesce(a.state NOT IN ('resolved', 'retired'), false) OR coalesce(b.state NOT IN ('resolved', 'retired'), false);
