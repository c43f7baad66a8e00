/* ---
pairing: link
title: Links from an input batch to an output batch in the MES
key: [order_no, output_material, output_batch, input_material, input_batch]
from: [mes.genealogy_link, sap.genealogy_link, sap.work_order, sap.material]
workflow: genealogy
settle: 2h
local: order_no
evidence:
  - {table: mes.genealogy_link, match: {order_no: order_no, output_material: output_material, output_batch: output_batch, input_material: input_material, input_batch: input_batch}}
  - {table: sap.movement, match: {order_no: order_no, output_material: material, output_batch: batch}, where: "kind = 'output'"}
  - {table: sap.movement, match: {order_no: order_no, input_material: material, input_batch: batch}, where: "kind = 'consumption'"}
messages:
  - {workflows: [genealogy, goods-movement], match: {order_no: order_no, input_material: material, input_batch: batch}}
  - {workflows: [genealogy, goods-movement], match: {order_no: order_no, output_material: material, output_batch: batch}}
--- */
-- SAP links at order level: both sides are at order and batch grain here. An input without a batch is a lawful leaf, and so is one that SAP does not keep in
-- batches, whatever lot the MES names; nor can SAP link to an output that it does not keep in batches.
WITH unbatched AS (
    SELECT cut.system, cut.plant, m.material
    FROM cut
    JOIN sap.material m ON m.system = cut.system AND (m.plant = cut.plant OR m.plant = '*')
    GROUP BY cut.system, cut.plant, m.material
    HAVING NOT bool_or(coalesce(m.batch_managed, true))
),
mes_link AS (
    SELECT l.system,
           l.plant,
           l.order_no,
           l.output_material,
           l.output_batch,
           l.input_material,
           l.input_batch,
           max(l.changed_at) AS changed_at,
           min(l.problems) AS problems,
           bool_or(l.ambiguous) AS ambiguous,
           bool_and(l.moving) AS moving
    FROM mes.genealogy_link l
    LEFT JOIN unbatched i ON i.system = l.system AND i.plant = l.plant AND i.material = l.input_material
    LEFT JOIN unbatched o ON o.system = l.system AND o.plant = l.plant AND o.material = l.output_material
    WHERE l.output_batch IS NOT NULL AND l.input_batch IS NOT NULL AND i.material IS NULL AND o.material IS NULL
    GROUP BY l.system, l.plant, l.order_no, l.output_material, l.output_batch, l.input_material, l.input_batch
),
sap_link AS (
    SELECT system,
           plant,
           order_no,
           output_material,
           output_batch,
           input_material,
           input_batch,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM sap.genealogy_link
    GROUP BY system, plant, order_no, output_material, output_batch, input_material, input_batch
),
-- An order that was read in two versions is still one order here.
ordered AS (
    SELECT system, plant, order_no, min(released_at) AS released_at
    FROM sap.work_order
    GROUP BY system, plant, order_no
)
SELECT m.system,
       m.plant,
       m.order_no,
       m.output_material,
       m.output_batch,
       m.input_material,
       m.input_batch,
       greatest(m.changed_at, s.changed_at) AS changed_at,
       CASE
           WHEN m.problems IS NOT NULL OR s.problems IS NOT NULL THEN concat('unreadable: ', coalesce(m.problems, s.problems))
           WHEN m.ambiguous OR s.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN coalesce(o.released_at, m.changed_at) < cut.complete_from THEN 'before history'
       END AS not_evaluated,
       m.changed_at AS mes_linked_at,
       m.moving AS mes_moving,
       s.order_no IS NOT NULL AS sap_linked
FROM mes_link m
JOIN cut ON cut.system = m.system AND cut.plant = m.plant
LEFT JOIN sap_link s
       ON s.system = m.system AND s.plant = m.plant AND s.order_no = m.order_no AND s.output_material = m.output_material
          AND s.output_batch = m.output_batch AND s.input_material = m.input_material AND s.input_batch = m.input_batch
LEFT JOIN ordered o ON o.system = m.system AND o.plant = m.plant AND o.order_no = m.order_no
