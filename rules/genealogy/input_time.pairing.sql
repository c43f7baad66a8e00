/* ---
pairing: input_time
title: Links with the times at which their input was consumed and came to be
key: [side, output_material, output_batch, input_material, input_batch]
from: [pairing.batch_balance, sap.genealogy_link, mes.genealogy_link, sap.movement, mes.movement]
workflow: genealogy
settle: 2h
local: output_material
evidence:
  - {table: mes.genealogy_link, match: {output_material: output_material, output_batch: output_batch, input_material: input_material, input_batch: input_batch}}
  - {table: sap.movement, match: {input_material: material, input_batch: batch}}
  - {table: mes.movement, match: {input_material: material, input_batch: batch}}
--- */
-- Each side is judged by its own times: the MES knows when it happened, SAP the posting day.
WITH linked AS (
    SELECT 'sap' AS side, l.* FROM sap.genealogy_link l
    UNION ALL
    SELECT 'mes', l.* FROM mes.genealogy_link l
),
consumption AS (
    SELECT 'sap' AS side, system, plant, movement_id, reverses, order_no, material, batch, quantity, occurred_at, moving FROM sap.movement WHERE kind = 'consumption'
    UNION ALL
    SELECT 'mes', system, plant, movement_id, reverses, order_no, material, batch, quantity, occurred_at, moving FROM mes.movement WHERE kind = 'consumption'
),
-- What was taken back as a whole never happened.
taken_back AS (
    SELECT side, system, reverses, sum(quantity) AS quantity
    FROM consumption
    WHERE reverses IS NOT NULL
    GROUP BY side, system, reverses
),
consumed AS (
    SELECT c.side, c.system, c.plant, c.order_no, c.material, c.batch, min(c.occurred_at) AS consumed_at
    FROM consumption c
    LEFT JOIN taken_back t ON t.side = c.side AND t.system = c.system AND t.reverses = c.movement_id AND t.quantity = -c.quantity
    WHERE c.quantity > 0 AND t.reverses IS NULL AND NOT c.moving
    GROUP BY c.side, c.system, c.plant, c.order_no, c.material, c.batch
),
timed AS (
    SELECT l.side,
           l.system,
           l.plant,
           l.output_material,
           l.output_batch,
           l.input_material,
           l.input_batch,
           -- A link that came without a time has that of its order's first consumption.
           min(coalesce(c.consumed_at, l.consumed_at)) AS consumed_at,
           max(l.changed_at) AS changed_at,
           min(CASE
                   WHEN l.problems IS NOT NULL THEN concat('unreadable: ', l.problems)
                   WHEN l.ambiguous THEN 'ambiguous: rows with equal keys differ'
               END) AS not_evaluated
    FROM linked l
    LEFT JOIN consumed c
           ON c.side = l.side AND c.system = l.system AND c.plant = l.plant AND c.order_no = l.order_no AND c.material = l.input_material
              AND c.batch = l.input_batch
    WHERE l.output_batch IS NOT NULL AND l.input_batch IS NOT NULL AND NOT l.moving
    GROUP BY l.side, l.system, l.plant, l.output_material, l.output_batch, l.input_material, l.input_batch
)
SELECT t.system,
       t.plant,
       t.side,
       t.output_material,
       t.output_batch,
       t.input_material,
       t.input_batch,
       greatest(t.changed_at, b.changed_at) AS changed_at,
       coalesce(t.not_evaluated, b.not_evaluated) AS not_evaluated,
       t.consumed_at,
       b.came_at,
       b.came_moving,
       b.before_history
FROM timed t
JOIN cut ON cut.system = t.system AND cut.plant = t.plant
JOIN pairing.batch_balance b
  ON b.side = t.side AND b.system = t.system AND b.plant = t.plant AND b.material = t.input_material AND b.batch = t.input_batch
-- What never came in by the side's own record is GEN-004's.
WHERE b.came_rows > 0
