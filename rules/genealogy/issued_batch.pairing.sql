/* ---
pairing: issued_batch
title: Batches that SAP issued to orders which the MES has completed
key: [order_no, input_material, input_batch]
from: [pairing.consumption, mes.genealogy_link, mes.work_order]
workflow: genealogy
settle: 2h
local: order_no
evidence:
  - {table: sap.movement, match: {order_no: order_no, input_material: material, input_batch: batch}, where: "kind = 'consumption'"}
  - {table: mes.genealogy_link, match: {order_no: order_no}}
messages:
  - {workflows: [genealogy, goods-movement], match: {order_no: order_no, input_material: material, input_batch: batch}}
--- */
-- An order that is still running may link its inputs with its next output: only when it is complete does an input without a link stay without one.
WITH completed AS (
    SELECT system, plant, order_no, max(changed_at) AS changed_at, min(problems) AS problems, bool_or(ambiguous) OR count(*) > 1 AS ambiguous
    FROM mes.work_order
    GROUP BY system, plant, order_no
    HAVING bool_or(closed) AND NOT bool_or(moving)
),
linked AS (
    SELECT system, plant, order_no, input_material, input_batch
    FROM mes.genealogy_link
    GROUP BY system, plant, order_no, input_material, input_batch
),
-- A link that cannot be read may be the one that is missed.
unclear AS (
    SELECT system,
           plant,
           order_no,
           min(CASE WHEN problems IS NOT NULL THEN concat('unreadable: ', problems) ELSE 'ambiguous: rows with equal keys differ' END) AS not_evaluated
    FROM mes.genealogy_link
    WHERE problems IS NOT NULL OR ambiguous
    GROUP BY system, plant, order_no
)
SELECT c.system,
       c.plant,
       c.order_no,
       c.component AS input_material,
       c.batch AS input_batch,
       greatest(c.changed_at, o.changed_at) AS changed_at,
       CASE
           WHEN c.not_evaluated IS NOT NULL THEN c.not_evaluated
           WHEN o.problems IS NOT NULL THEN concat('unreadable: ', o.problems)
           WHEN o.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN l.order_no IS NULL THEN u.not_evaluated
       END AS not_evaluated,
       c.sap_rows,
       c.sap_settled,
       c.sap_low,
       c.mes_rows,
       c.mes_settled,
       l.order_no IS NOT NULL AS mes_linked,
       c.unit
FROM pairing.consumption c
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
JOIN completed o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
LEFT JOIN linked l
       ON l.system = c.system AND l.plant = c.plant AND l.order_no = c.order_no AND l.input_material = c.component AND l.input_batch = c.batch
LEFT JOIN unclear u ON u.system = c.system AND u.plant = c.plant AND u.order_no = c.order_no
WHERE c.batch IS NOT NULL AND c.sap_rows > 0
