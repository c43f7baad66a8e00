-- By rule, primaries alone; rules that stand the same in both say so.
SELECT
    rule_id, min(title) AS title,
    count(*) FILTER (WHERE change = 'new') AS new,
    count(*) FILTER (WHERE change = 'gone') AS gone,
    count(*) FILTER (WHERE change IN ('state', 'quantity', 'state and quantity', 'value')) AS changed,
    count(*) FILTER (WHERE change = 'same') AS same
FROM compared
WHERE consequence_of IS NULL
GROUP BY rule_id
ORDER BY rule_id
