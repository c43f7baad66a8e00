/* ---
pairing: consumed_material
title: Materials consumed by an order
key: [order_no, material]
from: [pairing.consumption, sap.component, mes.component, mes.movement, sap.work_order]
workflow: goods-movement
settle: 2h
local: order_no
evidence:
  - {table: sap.movement, match: {order_no: order_no, material: material}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {order_no: order_no, material: material}, where: "kind = 'consumption'"}
  - {table: mes.component, match: {order_no: order_no, material: material}}
--- */
-- Completing an order technically deletes what is left of its reservation: what was planned was planned all the same.
WITH ordered AS (
    SELECT system, plant, order_no, bool_or(coalesce(technically_complete, false)) AS technically_complete
    FROM sap.work_order
    GROUP BY system, plant, order_no
),
listed AS (
    SELECT c.system, c.plant, c.order_no, c.material
    FROM sap.component c
    JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
    WHERE NOT coalesce(c.by_product, false) AND NOT coalesce(c.co_product, false) AND (NOT coalesce(c.deleted, false) OR o.technically_complete)
    GROUP BY c.system, c.plant, c.order_no, c.material
),
-- Approved for this order in place of something that is on its list.
substitute AS (
    SELECT c.system, c.plant, c.order_no, c.material
    FROM mes.component c
    JOIN listed l ON l.system = c.system AND l.plant = c.plant AND l.order_no = c.order_no AND l.material = c.substitute_for
    WHERE NOT coalesce(c.deleted, false)
    GROUP BY c.system, c.plant, c.order_no, c.material
),
-- What could not be read of either list may be what is missed.
item AS (
    SELECT system, plant, order_no, problems, ambiguous FROM sap.component
    UNION ALL
    SELECT system, plant, order_no, problems, ambiguous FROM mes.component
),
unclear AS (
    SELECT system,
           plant,
           order_no,
           min(CASE WHEN problems IS NOT NULL THEN concat('unreadable: ', problems) ELSE 'ambiguous: rows with equal keys differ' END) AS not_evaluated
    FROM item
    WHERE problems IS NOT NULL OR ambiguous
    GROUP BY system, plant, order_no
),
deviation AS (
    SELECT system, plant, order_no, material, min(case_no) AS case_no, bool_and(case_no IS NOT NULL) AS throughout
    FROM mes.movement
    WHERE kind = 'consumption' AND quantity > 0
    GROUP BY system, plant, order_no, material
),
consumed AS (
    SELECT system,
           plant,
           order_no,
           component AS material,
           sum(sap_rows) AS sap_rows,
           sum(mes_rows) AS mes_rows,
           sum(sap_settled) AS sap_settled,
           sum(mes_settled) AS mes_settled,
           sum(sap_low) AS sap_low,
           sum(mes_low) AS mes_low,
           max(unit) AS unit,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated
    FROM pairing.consumption
    GROUP BY system, plant, order_no, component
)
SELECT c.system,
       c.plant,
       c.order_no,
       c.material,
       c.changed_at,
       CASE WHEN l.order_no IS NULL AND s.order_no IS NULL THEN coalesce(c.not_evaluated, u.not_evaluated) END AS not_evaluated,
       c.sap_rows,
       c.sap_settled,
       c.sap_low,
       c.mes_rows,
       c.mes_settled,
       c.mes_low,
       d.case_no AS mes_case_no,
       l.order_no IS NOT NULL OR s.order_no IS NOT NULL AS approved,
       coalesce(d.throughout, false) AS by_deviation,
       c.unit
FROM consumed c
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
LEFT JOIN listed l ON l.system = c.system AND l.plant = c.plant AND l.order_no = c.order_no AND l.material = c.material
LEFT JOIN substitute s ON s.system = c.system AND s.plant = c.plant AND s.order_no = c.order_no AND s.material = c.material
LEFT JOIN unclear u ON u.system = c.system AND u.plant = c.plant AND u.order_no = c.order_no
LEFT JOIN deviation d ON d.system = c.system AND d.plant = c.plant AND d.order_no = c.order_no AND d.material = c.material
