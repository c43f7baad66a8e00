-- Every difference as one JSON object.
SELECT to_json({
    'kind': kind, 'change': change, 'rule_id': rule_id, 'severity': severity, 'system': system, 'plant': plant,
    'key': CASE WHEN kind = 'outcome' THEN NULL ELSE key::JSON END, 'source': CASE WHEN kind = 'outcome' THEN key END,
    'finding_id': finding_id, 'state_then': state_then, 'state_now': state_now, 'fields': fields, 'then': said_then, 'now': said_now
})::VARCHAR
FROM differing
ORDER BY rule_id, kind, system, plant, finding_id, key
