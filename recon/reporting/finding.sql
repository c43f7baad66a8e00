-- One finding for the terminal.
SELECT
    finding_id, rule_id, rule_version, title, severity, state, event, owner, system, plant, key::VARCHAR AS key, material, material_text, batch,
    first_seen, last_seen, nights_open, working_days_open, value_at_risk, currency, exact(difference) AS difference, exact(quantity) AS quantity, unit, changed_at, confirmed_at,
    explanation, cause, consequence_of, evidence::VARCHAR AS evidence, rows::VARCHAR AS rows
FROM judged
WHERE finding_id = $finding_id
