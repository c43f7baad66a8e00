-- For spreadsheets: a text that a spreadsheet would run as a formula gets an apostrophe before it.
SELECT
    finding_id, rule_id, rule_version, title, family, severity, state, event, system, plant,
    COLUMNS(['material', 'material_text', 'batch', 'order_no', 'owner', 'explanation', 'cause'])
        .regexp_replace('^([=+\-@\t\r])', '''\1'),
    first_seen, last_seen, nights_open, working_days_open, in_flight_nights, value_at_risk, currency,
    exact(difference) AS difference, exact(quantity) AS quantity, unit,
    strftime(changed_at, '%Y-%m-%dT%H:%M:%SZ') AS changed_at, strftime(confirmed_at, '%Y-%m-%dT%H:%M:%SZ') AS confirmed_at, consequence_of, key, evidence, rows
FROM chosen
ORDER BY worst_first
