-- Rules that were judged at a plant in one of the two runs alone: there, what is new or gone proves nothing.
WITH ended AS (
    SELECT which, rule_id, plant, bool_and(outcome = 'evaluated') AS judged
    FROM (SELECT 'one' AS which, rule_id, plant, outcome FROM outcomes_of_one UNION ALL SELECT 'other', rule_id, plant, outcome FROM outcomes_of_other)
    GROUP BY ALL
)
SELECT rule_id, plant, coalesce(a.judged, false) AS judged_before, coalesce(b.judged, false) AS judged_after
FROM (SELECT * FROM ended WHERE which = 'one') a FULL JOIN (SELECT * FROM ended WHERE which = 'other') b USING (rule_id, plant)
WHERE coalesce(a.judged, false) <> coalesce(b.judged, false)
ORDER BY ALL
