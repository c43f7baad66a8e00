-- The asked findings in every run that holds them.
SELECT
    finding_id, rule_id, title, severity, system, plant, key, regexp_extract(filename, '(\d{8}T\d{6}Z)[/\\]findings\.parquet$', 1) AS run_id, state, event,
    nights_open, exact(difference) AS difference, exact(quantity) AS quantity, unit, value_at_risk::VARCHAR AS value_at_risk, currency, explanation, consequence_of
FROM everything
WHERE finding_id IN (SELECT finding_id FROM asked_for)
ORDER BY rule_id, finding_id, run_id
