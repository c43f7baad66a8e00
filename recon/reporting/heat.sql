-- Per plant and family of rules: how it was judged, and how many critical and high primaries there are, came and went.
WITH judging AS (
    SELECT plant, split_part(rule_id, '-', 1) AS prefix, rule_id, bool_and(outcome = 'evaluated') AS evaluated, coalesce(max(compared), 0) = 0 AS empty
    FROM outcomes
    GROUP BY ALL
), judged_rules AS (
    SELECT plant, prefix, count(*) AS rules, count(*) FILTER (WHERE evaluated) AS evaluated, count(*) FILTER (WHERE evaluated AND empty) AS empty
    FROM judging
    GROUP BY ALL
), counted AS (
    SELECT
        plant, prefix,
        count(*) FILTER (WHERE live AND severity = 'critical') AS critical,
        count(*) FILTER (WHERE live AND severity = 'high') AS high,
        count(*) FILTER (WHERE live AND severity IN ('medium', 'low')) AS lesser,
        count(*) FILTER (WHERE state IN ('new', 'reopened') AND NOT carried AND severity IN ('critical', 'high')) AS came,
        count(*) FILTER (WHERE state = 'resolved' AND severity IN ('critical', 'high')) AS went
    FROM judged
    WHERE is_primary
    GROUP BY ALL
)
SELECT
    plant, prefix, coalesce(rules, 0) AS rules, coalesce(evaluated, 0) AS evaluated, coalesce(empty, 0) AS empty,
    coalesce(critical, 0) AS critical, coalesce(high, 0) AS high, coalesce(lesser, 0) AS lesser, coalesce(came, 0) AS came, coalesce(went, 0) AS went
FROM judged_rules FULL JOIN counted USING (plant, prefix)
ORDER BY plant = '*', plant, prefix
