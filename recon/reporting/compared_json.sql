-- One JSON object for every finding that differs, consequences too.
SELECT
    '{"change":' || to_json(change) || ',"finding_id":' || to_json(finding_id) || ',"rule_id":' || to_json(rule_id) || ',"severity":' || to_json(severity)
    || ',"system":' || to_json(system) || ',"plant":' || to_json(plant) || ',"key":' || coalesce(key::VARCHAR, '{}')
    || ',"consequence_of":' || coalesce(to_json(consequence_of), 'null')
    || ',"before":' || CASE WHEN before.state IS NULL THEN 'null' ELSE concat(
        '{"state":', to_json(before.state), ',"difference":', coalesce(exact(before.difference), 'null'), ',"quantity":', coalesce(exact(before.quantity), 'null'),
        ',"unit":', coalesce(to_json(before.unit), 'null'), ',"value_at_risk":', coalesce(before.value_at_risk::VARCHAR, 'null'), '}') END
    || ',"after":' || CASE WHEN after.state IS NULL THEN 'null' ELSE concat(
        '{"state":', to_json(after.state), ',"difference":', coalesce(exact(after.difference), 'null'), ',"quantity":', coalesce(exact(after.quantity), 'null'),
        ',"unit":', coalesce(to_json(after.unit), 'null'), ',"value_at_risk":', coalesce(after.value_at_risk::VARCHAR, 'null'), '}') END
    || '}'
FROM compared
WHERE change <> 'same'
ORDER BY rule_id, finding_id
