/* ---
pairing: order_version
title: Orders and the version that the MES executes
key: [order_no]
from: [pairing.executed_order, sap.component, mes.component, sap.unit_conversion]
workflow: order-status
settle: 4h
local: order_no
params:
  components_govern: true
  abs_tol: 0.001
  rel_tol: 0.005
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: mes.work_order, match: {order_no: order_no}}
  - {table: sap.component, match: {order_no: order_no}}
  - {table: mes.component, match: {order_no: order_no}}
--- */
-- The order is compared as SAP carries it, not the master data of today. Its own components govern: where both sides have the same list, only a name differs.
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
WITH conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
line AS (
    SELECT 'sap' AS side, system, plant, order_no, material, required_quantity, unit, problems, ambiguous, moving
    FROM sap.component
    WHERE NOT coalesce(deleted, false) AND NOT coalesce(phantom, false) AND NOT coalesce(bulk, false)
    UNION ALL
    SELECT 'mes', system, plant, order_no, material, required_quantity, unit, problems, ambiguous, moving
    FROM mes.component
    WHERE NOT coalesce(deleted, false) AND NOT coalesce(phantom, false) AND NOT coalesce(bulk, false)
),
needed AS (
    SELECT l.system,
           l.plant,
           l.order_no,
           l.material,
           count(*) FILTER (WHERE l.side = 'sap') AS sap_lines,
           count(*) FILTER (WHERE l.side = 'mes') AS mes_lines,
           coalesce(sum(l.required_quantity * c.factor) FILTER (WHERE l.side = 'sap'), 0) AS sap_quantity,
           coalesce(sum(l.required_quantity * c.factor) FILTER (WHERE l.side = 'mes'), 0) AS mes_quantity,
           bool_or(l.required_quantity * c.factor IS NULL) AS uncounted,
           bool_or(l.problems IS NOT NULL OR l.ambiguous) AS unclear,
           bool_or(l.moving) AS moving
    FROM line l
    LEFT JOIN conversion c ON c.system = l.system AND c.material = l.material AND c.unit = l.unit
    GROUP BY l.system, l.plant, l.order_no, l.material
),
list AS (
    SELECT n.system,
           n.plant,
           n.order_no,
           sum(n.sap_lines) > 0 AND sum(n.mes_lines) > 0 AS both_known,
           bool_or(n.sap_lines = 0 OR n.mes_lines = 0 OR n.uncounted
                   OR abs(n.sap_quantity - n.mes_quantity) > greatest(p.abs_tol, p.rel_tol * abs(n.sap_quantity))) AS differs,
           min(n.material) FILTER (WHERE n.sap_lines = 0 OR n.mes_lines = 0 OR n.uncounted
                                   OR abs(n.sap_quantity - n.mes_quantity) > greatest(p.abs_tol, p.rel_tol * abs(n.sap_quantity))) AS first_component,
           bool_or(n.unclear) AS unclear,
           bool_or(n.moving) AS moving
    FROM needed n
    JOIN params p ON p.system = n.system AND p.plant = n.plant
    GROUP BY n.system, n.plant, n.order_no
)
SELECT o.system,
       o.plant,
       o.order_no,
       o.changed_at,
       o.not_evaluated,
       o.sap_material,
       o.sap_bom,
       o.sap_bom_alternative,
       o.sap_production_version,
       o.sap_revision,
       o.mes_bom,
       o.mes_bom_alternative,
       o.mes_production_version,
       o.mes_revision,
       l.first_component AS mes_component,
       o.mes_started,
       p.components_govern AND coalesce(l.both_known AND NOT l.differs AND NOT l.unclear, false) AS same_components,
       o.moving OR coalesce(l.moving, false) AS moving
FROM pairing.executed_order o
JOIN params p ON p.system = o.system AND p.plant = o.plant
LEFT JOIN list l ON l.system = o.system AND l.plant = o.plant AND l.order_no = o.order_no
