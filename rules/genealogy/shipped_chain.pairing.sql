/* ---
pairing: shipped_chain
title: Shipped batches and where their chain ends, in each view
key: [view, material, batch]
from: [trace.batch, sap.movement]
workflow: genealogy
settle: 2h
local: batch
evidence:
  - {table: sap.movement, match: {material: material, batch: batch}}
  - {table: sap.genealogy_link, match: {material: output_material, batch: output_batch}}
  - {table: mes.genealogy_link, match: {material: output_material, batch: output_batch}}
--- */
WITH shipped AS (
    SELECT m.system,
           m.plant,
           m.material,
           m.batch,
           sum(m.quantity) AS quantity,
           min(m.unit) AS unit,
           CASE WHEN count(DISTINCT m.delivery) > 1 THEN 'several' ELSE min(m.delivery) END AS delivery,
           max(m.changed_at) AS changed_at,
           CASE
               WHEN min(m.problems) IS NOT NULL THEN concat('unreadable: ', min(m.problems))
               WHEN bool_or(m.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM sap.movement m
    WHERE m.kind = 'delivery' AND m.material IS NOT NULL AND m.batch IS NOT NULL
    GROUP BY m.system, m.plant, m.material, m.batch
    HAVING coalesce(sum(m.quantity) > 0, true) OR min(m.problems) IS NOT NULL OR bool_or(m.ambiguous)
)
SELECT s.system,
       s.plant,
       t.view,
       s.material,
       s.batch,
       greatest(s.changed_at, t.end_changed_at) AS changed_at,
       -- Ends are taken the most certain first, and of those the youngest: one that is of before the history is the last that could have been anything else.
       CASE
           WHEN s.not_evaluated IS NOT NULL THEN s.not_evaluated
           WHEN t.end_uncertain IS NOT NULL THEN t.end_uncertain
           WHEN t.end_since < coalesce(e.complete_from, c.complete_from) THEN 'before history'
       END AS not_evaluated,
       t.end_material IS NOT NULL AS broken,
       t.end_plant,
       t.end_material,
       coalesce(t.end_batch, CASE WHEN t.end_material IS NOT NULL THEN 'unknown' END) AS end_batch,
       t.end_reason,
       coalesce(t.end_changed_at > c.settled_until, false) AS end_moving,
       -- What both together lack, each of them lacks: it is told once.
       t.view <> 'joined' AND t.end_plant = j.end_plant AND t.end_material = j.end_material AND t.end_batch IS NOT DISTINCT FROM j.end_batch AS told_joined,
       s.quantity,
       s.unit,
       s.delivery
FROM shipped s
JOIN cut c ON c.system = s.system AND c.plant = s.plant
JOIN trace.batch t ON t.system = s.system AND t.plant = s.plant AND t.material = s.material AND t.batch = s.batch
JOIN trace.batch j ON j.system = s.system AND j.plant = s.plant AND j.material = s.material AND j.batch = s.batch AND j.view = 'joined'
LEFT JOIN cut e ON e.system = s.system AND e.plant = t.end_plant
