-- What a run (`findings_then`, …) and its replay (`findings_now`, …) say otherwise, one row a difference: kind, rule and, of a finding, which columns.
-- Titles and the versions of rules are no difference: what was found is compared, and which rules are others is told beside it.
CREATE TABLE differing AS
SELECT
    'finding' AS kind,
    CASE WHEN n.finding_id IS NULL THEN 'gone' WHEN t.finding_id IS NULL THEN 'came' ELSE 'changed' END AS change,
    coalesce(n.rule_id, t.rule_id) AS rule_id,
    coalesce(n.severity, t.severity) AS severity,
    coalesce(n.system, t.system) AS system,
    coalesce(n.plant, t.plant) AS plant,
    coalesce(n.key, t.key) AS key,
    finding_id,
    t.state AS state_then,
    n.state AS state_now,
    CASE
        WHEN t.finding_id IS NULL OR n.finding_id IS NULL THEN []
        ELSE list_filter(json_keys(to_json(n)), lambda name: to_json(n) ->> name IS DISTINCT FROM to_json(t) ->> name)
    END AS fields,
    NULL AS said_then,
    NULL AS said_now
FROM (SELECT * EXCLUDE (rule_version, title) FROM findings_then) t
FULL JOIN (SELECT * EXCLUDE (rule_version, title) FROM findings_now) n USING (finding_id)
WHERE t IS DISTINCT FROM n
UNION ALL
SELECT 'key', CASE WHEN n.reason IS NULL THEN 'gone' WHEN t.reason IS NULL THEN 'came' ELSE 'changed' END,
    rule_id, NULL, system, plant, key, finding_id, NULL, NULL, [], t.reason, n.reason
FROM not_evaluated_then t FULL JOIN not_evaluated_now n USING (rule_id, system, plant, key, finding_id)
WHERE t.reason IS DISTINCT FROM n.reason
UNION ALL
SELECT 'outcome', CASE WHEN n.outcome IS NULL THEN 'gone' WHEN t.outcome IS NULL THEN 'came' ELSE 'changed' END,
    rule_id, coalesce(n.severity, t.severity), system, plant, source, NULL, NULL, NULL,
    list_filter(json_keys(to_json(n)), lambda name: to_json(n) ->> name IS DISTINCT FROM to_json(t) ->> name),
    concat_ws(': ', t.outcome, t.reason), concat_ws(': ', n.outcome, n.reason)
FROM (SELECT * EXCLUDE (title) FROM outcomes_then) t
FULL JOIN (SELECT * EXCLUDE (title) FROM outcomes_now) n USING (rule_id, system, plant, source)
WHERE t IS DISTINCT FROM n
