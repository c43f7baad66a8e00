-- By rule: findings of both, how many differ, and whether keys or plants were judged otherwise. Rules that say the same are left out.
SELECT
    rule_id,
    (SELECT count(*) FROM findings_then f WHERE f.rule_id = d.rule_id) AS findings_then,
    (SELECT count(*) FROM findings_now f WHERE f.rule_id = d.rule_id) AS findings_now,
    count(*) FILTER (WHERE kind = 'finding' AND change = 'gone') AS gone,
    count(*) FILTER (WHERE kind = 'finding' AND change = 'came') AS came,
    count(*) FILTER (WHERE kind = 'finding' AND change = 'changed') AS changed,
    count(*) FILTER (WHERE kind = 'key') AS keys,
    count(*) FILTER (WHERE kind = 'outcome') AS outcomes
FROM differing d
GROUP BY rule_id
ORDER BY rule_id
