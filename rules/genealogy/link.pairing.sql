/* ---
pairing: link
title: Links from an input batch to an output batch in the MES
key: [order_no, output_material, output_batch, input_material, input_batch]
from: [mes.genealogy_link, sap.genealogy_link, sap.work_order]
workflow: genealogy
settle: 2h
local: order_no
evidence:
  - {table: mes.genealogy_link, match: {order_no: order_no, output_material: output_material, output_batch: output_batch, input_material: input_material, input_batch: input_batch}}
  - {table: sap.movement, match: {order_no: order_no, output_material: material, output_batch: batch}, where: "kind = 'output'"}
  - {table: sap.movement, match: {order_no: order_no, input_material: material, input_batch: batch}, where: "kind = 'consumption'"}
--- */
-- SAP links at order level: both sides are at order and batch grain here. An input without a batch is a lawful leaf.
WITH mes_link AS (
    SELECT system,
           plant,
           order_no,
           output_material,
           output_batch,
           input_material,
           input_batch,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous,
           bool_and(moving) AS moving
    FROM mes.genealogy_link
    WHERE output_batch IS NOT NULL AND input_batch IS NOT NULL
    GROUP BY system, plant, order_no, output_material, output_batch, input_material, input_batch
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
