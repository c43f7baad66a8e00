/* ---
pairing: used_material
title: Materials that the MES or the quality system uses
key: [side, material]
from: [sap.material, mes.work_order, mes.component, mes.movement, qms.hold, qms.disposition, qms.inspection_lot]
optional: [qms.hold, qms.disposition, qms.inspection_lot]
workflow: master-data
settle: 24h
local: material
evidence:
  - {table: sap.material, match: {material: material}}
  - {table: mes.work_order, match: {material: material}}
  - {table: mes.component, match: {material: material}}
  - {table: mes.movement, match: {material: material}}
  - {table: qms.hold, match: {material: material}}
  - {table: qms.disposition, match: {material: material}}
  - {table: qms.inspection_lot, match: {material: material}}
--- */
-- Used is what an order, a movement, a lot, a hold or a decision names; a master record that nothing uses harms nobody. It is in use now where an order or a lot is open.
WITH mes_order AS (
    SELECT system,
           plant,
           order_no,
           bool_and(coalesce(closed, false) OR coalesce(cancelled, false)) AS ended,
           bool_and(coalesce(local, false)) AS local
    FROM mes.work_order
    GROUP BY system, plant, order_no
),
used AS (
    SELECT 'mes' AS side, system, plant, material, changed_at, problems, moving, NOT coalesce(closed, false) AND NOT coalesce(cancelled, false) AS in_use
    FROM mes.work_order
    WHERE NOT coalesce(local, false)
    UNION ALL
    SELECT 'mes', c.system, c.plant, c.material, c.changed_at, c.problems, c.moving, NOT coalesce(c.deleted, false) AND NOT coalesce(o.ended, true)
    FROM mes.component c
    LEFT JOIN mes_order o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
    WHERE NOT coalesce(o.local, false)
    UNION ALL
    SELECT 'mes', v.system, v.plant, v.material, v.changed_at, v.problems, v.moving, false
    FROM mes.movement v
    LEFT JOIN mes_order o ON o.system = v.system AND o.plant = v.plant AND o.order_no = v.order_no
    WHERE NOT coalesce(o.local, false)
    UNION ALL
    SELECT 'qms', system, plant, material, changed_at, problems, moving, false FROM qms.hold
    UNION ALL
    SELECT 'qms', system, plant, material, changed_at, problems, moving, false FROM qms.disposition
    UNION ALL
    SELECT 'qms', system, plant, material, changed_at, problems, moving, decision IS NULL AND NOT coalesce(cancelled, false) FROM qms.inspection_lot
),
using_side AS (
    SELECT u.side,
           u.system,
           u.plant,
           u.material,
           max(u.changed_at) AS changed_at,
           count(*) AS uses,
           bool_or(u.in_use) AS in_use,
           -- One settled use is enough to ask for the material.
           bool_and(u.moving) AS moving
    FROM used u
    JOIN cut ON cut.system = u.system AND cut.plant = u.plant
    WHERE u.material IS NOT NULL
    GROUP BY u.side, u.system, u.plant, u.material
),
-- A material as such has the plant *, and a row for each plant that it was extended to.
known AS (
    SELECT cut.system,
           cut.plant,
           s.material,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) AS ambiguous,
           bool_or(s.plant = cut.plant) AS at_plant,
           bool_or(s.deletion_flag) AS flagged,
           -- A row of no plant does not move by itself.
           bool_and(coalesce(s.changed_at > cut.settled_until, false)) FILTER (WHERE s.deletion_flag) AS flag_moving
    FROM cut
    JOIN sap.material s ON s.system = cut.system AND (s.plant = cut.plant OR s.plant = '*')
    GROUP BY cut.system, cut.plant, s.material
),
-- An extract without materials of plants says nothing of who uses which.
extended AS (
    SELECT system, plant, bool_or(at_plant) AS told FROM known GROUP BY system, plant
)
SELECT u.system,
       u.plant,
       u.side,
       u.material,
       greatest(u.changed_at, k.changed_at) AS changed_at,
       -- What cannot be read of a material that is there leaves its deletion flag unknown; that it is there is known.
       CASE
           WHEN k.problems IS NOT NULL THEN concat('unreadable: ', k.problems)
           WHEN k.ambiguous THEN 'ambiguous: rows with equal keys differ'
       END AS not_evaluated,
       CASE
           WHEN k.material IS NULL THEN 'unknown'
           WHEN NOT k.at_plant AND e.told THEN 'not extended to the plant'
           WHEN k.flagged THEN 'flagged for deletion'
           ELSE 'known'
       END AS sap_material_state,
       u.uses,
       u.in_use,
       u.moving OR coalesce(k.flag_moving AND (k.at_plant OR NOT e.told), false) AS moving
FROM using_side u
LEFT JOIN known k ON k.system = u.system AND k.plant = u.plant AND k.material = u.material
LEFT JOIN extended e ON e.system = u.system AND e.plant = u.plant
