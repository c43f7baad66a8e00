/* ---
pairing: produced_batch
title: Batches made from components that are kept in batches
key: [side, material, batch]
from: [pairing.output, sap.genealogy_link, mes.genealogy_link, sap.component, sap.work_order, sap.material]
workflow: genealogy
settle: 2h
local: material
evidence:
  - {table: sap.movement, match: {material: material, batch: batch}, where: "kind = 'output'"}
  - {table: mes.movement, match: {material: material, batch: batch}, where: "kind = 'output'"}
--- */
WITH produced AS (
    SELECT 'sap' AS side, system, plant, order_no, material, batch, changed_at, not_evaluated, sap_settled AS settled, sap_low AS low, unit
    FROM pairing.output
    WHERE batch IS NOT NULL AND sap_rows > 0
    UNION ALL
    SELECT 'mes', system, plant, order_no, material, batch, changed_at, not_evaluated, mes_settled, mes_low, unit
    FROM pairing.output
    WHERE batch IS NOT NULL AND mes_rows > 0
),
unbatched AS (
    SELECT cut.system, cut.plant, m.material
    FROM cut
    JOIN sap.material m ON m.system = cut.system AND (m.plant = cut.plant OR m.plant = '*')
    GROUP BY cut.system, cut.plant, m.material
    HAVING NOT bool_or(coalesce(m.batch_managed, true))
),
-- Completing an order technically deletes what is left of its reservation; what was required is required all the same.
ended AS (
    SELECT system, plant, order_no, bool_or(technically_complete) AS technically_complete
    FROM sap.work_order
    GROUP BY system, plant, order_no
),
-- Orders that need something of a batch.
traced AS (
    SELECT c.system, c.plant, c.order_no
    FROM sap.component c
    LEFT JOIN ended o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
    LEFT JOIN unbatched n ON n.system = c.system AND n.plant = c.plant AND n.material = c.material
    WHERE n.material IS NULL AND c.material IS NOT NULL AND coalesce(c.required_quantity > 0, true)
      AND NOT coalesce(c.phantom, false) AND NOT coalesce(c.bulk, false) AND NOT coalesce(c.by_product, false) AND NOT coalesce(c.co_product, false)
      AND (NOT coalesce(c.deleted, false) OR coalesce(o.technically_complete, false))
    GROUP BY c.system, c.plant, c.order_no
),
booked_link AS (
    SELECT 'sap' AS side, system, plant, output_material, output_batch, input_batch, problems, ambiguous FROM sap.genealogy_link
    UNION ALL
    SELECT 'mes', system, plant, output_material, output_batch, input_batch, problems, ambiguous FROM mes.genealogy_link
),
input AS (
    SELECT side,
           system,
           plant,
           output_material,
           output_batch,
           count(*) FILTER (WHERE input_batch IS NOT NULL AND problems IS NULL AND NOT ambiguous) AS links,
           min(CASE
                   WHEN problems IS NOT NULL THEN concat('unreadable: ', problems)
                   WHEN ambiguous THEN 'ambiguous: rows with equal keys differ'
               END) AS not_evaluated
    FROM booked_link
    GROUP BY side, system, plant, output_material, output_batch
)
SELECT p.system,
       p.plant,
       p.side,
       p.material,
       p.batch,
       max(p.changed_at) AS changed_at,
       CASE
           WHEN min(p.not_evaluated) IS NOT NULL THEN min(p.not_evaluated)
           WHEN coalesce(max(i.links), 0) = 0 THEN min(i.not_evaluated)
       END AS not_evaluated,
       CASE WHEN min(p.order_no) = max(p.order_no) THEN min(p.order_no) ELSE 'several' END AS order_no,
       sum(p.settled) AS settled,
       sum(p.low) AS low,
       coalesce(max(i.links), 0) AS links,
       max(p.unit) AS unit
FROM produced p
JOIN cut ON cut.system = p.system AND cut.plant = p.plant
JOIN traced t ON t.system = p.system AND t.plant = p.plant AND t.order_no = p.order_no
LEFT JOIN input i
       ON i.side = p.side AND i.system = p.system AND i.plant = p.plant AND i.output_material = p.material AND i.output_batch = p.batch
GROUP BY p.system, p.plant, p.side, p.material, p.batch
