/* ---
pairing: order_in_mes
title: Orders of every MES
key: [order_no]
from: [mes.work_order]
across: [mes.work_order]
workflow: order-status
settle: 4h
local: order_no
evidence:
  - {table: mes.work_order, match: {order_no: order_no}}
--- */
-- A place is an MES at a plant. SAP's order numbers are one range over all plants, so an order has one place where it is worked on.
WITH place AS (
    SELECT system,
           plant,
           source,
           order_no,
           max(changed_at) AS changed_at,
           bool_or(problems IS NOT NULL OR ambiguous OR closed IS NULL) AS unclear,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous,
           bool_and(NOT coalesce(closed, false) AND NOT coalesce(cancelled, false) AND NOT coalesce(local, false)) AS active,
           min(material) AS material,
           max(planned_quantity) AS planned_quantity,
           min(unit) AS unit,
           bool_or(moving) AS moving
    FROM mes.work_order
    WHERE order_no IS NOT NULL
    GROUP BY system, plant, source, order_no
),
everywhere AS (
    SELECT system,
           order_no,
           count(*) FILTER (WHERE active AND NOT unclear) AS active,
           count(*) FILTER (WHERE active OR unclear) AS possibly_active,
           bool_or(active AND moving) AS moving,
           min(concat(source, ' at ', plant)) FILTER (WHERE active) AS first_place,
           max(concat(source, ' at ', plant)) FILTER (WHERE active) AS last_place
    FROM place
    GROUP BY system, order_no
)
SELECT p.system,
       p.plant,
       p.order_no,
       max(p.changed_at) AS changed_at,
       CASE
           WHEN max(e.active) < 2 AND max(e.possibly_active) > 1
               THEN CASE WHEN min(p.problems) IS NOT NULL THEN concat('unreadable: ', min(p.problems))
                         WHEN bool_or(p.ambiguous) THEN 'ambiguous: rows with equal keys differ'
                         ELSE 'unreadable: an MES does not say its status' END
       END AS not_evaluated,
       min(p.material) AS mes_material,
       max(p.planned_quantity) AS mes_planned,
       min(p.unit) AS mes_unit,
       bool_or(p.active OR p.unclear) AS mes_active_here,
       max(e.active) AS mes_active,
       min(e.first_place) AS mes_first_place,
       max(e.last_place) AS mes_last_place,
       bool_or(e.moving) AS mes_moving
FROM place p
JOIN cut ON cut.system = p.system AND cut.plant = p.plant
JOIN everywhere e ON e.system = p.system AND e.order_no = p.order_no
GROUP BY p.system, p.plant, p.order_no
