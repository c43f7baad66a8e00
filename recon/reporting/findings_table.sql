-- What a terminal shows: primaries, unless consequences were asked for by their state.
SELECT
    left(finding_id, 12) AS finding, severity, rule_id, title, plant, coalesce(material_text, material) AS material, batch, order_no, key::VARCHAR AS key,
    exact(coalesce(difference, quantity)) AS how_much, unit, value_at_risk::VARCHAR AS value_at_risk, currency, nights_open, working_days_open,
    CASE WHEN carried THEN 'not judged' ELSE state END AS state, owner
FROM chosen
WHERE is_primary AND ($states::VARCHAR[] IS NOT NULL OR live)
ORDER BY worst_first
