-- One JSON object a finding, worst first. Nested values are taken over as text, so that their numbers keep every digit.
SELECT
    '{"finding_id":' || to_json(finding_id)
    || ',"rule_id":' || to_json(rule_id)
    || ',"rule_version":' || coalesce(to_json(rule_version), 'null')
    || ',"title":' || coalesce(to_json(title), 'null')
    || ',"family":' || to_json(family)
    || ',"severity":' || to_json(severity)
    || ',"state":' || to_json(state)
    || ',"event":' || coalesce(to_json(event), 'null')
    || ',"system":' || to_json(system)
    || ',"plant":' || to_json(plant)
    || ',"key":' || coalesce(key::VARCHAR, '{}')
    || ',"material_text":' || coalesce(to_json(material_text), 'null')
    || ',"first_seen":' || coalesce(to_json(first_seen::VARCHAR), 'null')
    || ',"last_seen":' || coalesce(to_json(last_seen::VARCHAR), 'null')
    || ',"nights_open":' || coalesce(nights_open::VARCHAR, 'null')
    || ',"working_days_open":' || coalesce(working_days_open::VARCHAR, 'null')
    || ',"owner":' || coalesce(to_json(owner), 'null')
    || ',"value_at_risk":' || coalesce(value_at_risk::VARCHAR, 'null')
    || ',"currency":' || coalesce(to_json(currency), 'null')
    || ',"difference":' || coalesce(exact(difference), 'null')
    || ',"quantity":' || coalesce(exact(quantity), 'null')
    || ',"unit":' || coalesce(to_json(unit), 'null')
    || ',"changed_at":' || coalesce(to_json(strftime(changed_at, '%Y-%m-%dT%H:%M:%SZ')), 'null')
    || ',"confirmed_at":' || coalesce(to_json(strftime(confirmed_at, '%Y-%m-%dT%H:%M:%SZ')), 'null')
    || ',"explanation":' || coalesce(to_json(explanation), 'null')
    || ',"cause":' || coalesce(to_json(cause), 'null')
    || ',"consequence_of":' || coalesce(to_json(consequence_of), 'null')
    || ',"evidence":' || coalesce(evidence::VARCHAR, '{}')
    || ',"rows":' || coalesce(CAST(to_json(behind.rows) AS VARCHAR), '{}')
    || '}'
FROM chosen
LEFT JOIN (
    SELECT
        finding_id,
        map_from_entries(list((side, {
            'count': CAST(json_extract(rows, '$.' || side || '.count') AS BIGINT),
            'digest': json_extract_string(rows, '$.' || side || '.digest'),
            'refs': refs
        }) ORDER BY side)) AS rows
    FROM (SELECT finding_id, side, list(row_ref ORDER BY canonical_table, ordinal)[1:20] AS refs FROM evidence GROUP BY finding_id, side)
    JOIN (SELECT finding_id, rows FROM findings) USING (finding_id)
    GROUP BY finding_id
) behind USING (finding_id)
ORDER BY worst_first
