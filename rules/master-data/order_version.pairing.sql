/* ---
pairing: order_version
title: Orders and the version that the MES executes
key: [order_no]
from: [sap.work_order, sap.component, mes.work_order, mes.component, sap.unit_conversion]
workflow: order-status
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
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
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           bool_or(s.order_type IS NULL) AS untyped,
           min(s.material) AS material,
           min(s.bom) AS bom,
           min(s.bom_alternative) AS bom_alternative,
           min(s.production_version) AS production_version,
           min(s.revision) AS revision,
           bool_or(s.moving) AS moving
    FROM sap.work_order s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.order_type IS NULL OR list_contains(p.order_types, s.order_type)
    GROUP BY s.system, s.plant, s.order_no
),
mes_order AS (
    SELECT system,
           plant,
           order_no,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) OR count(*) > 1 AS ambiguous,
           min(bom) AS bom,
           min(bom_alternative) AS bom_alternative,
           min(production_version) AS production_version,
           min(revision) AS revision,
           bool_or(started_at IS NOT NULL OR coalesce(closed, false)) AS started,
           bool_and(coalesce(cancelled, false)) AS cancelled,
           bool_or(moving) AS moving
    FROM mes.work_order
    WHERE NOT coalesce(local, false)
    GROUP BY system, plant, order_no
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
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
SELECT s.system,
       s.plant,
       s.order_no,
       greatest(s.changed_at, m.changed_at) AS changed_at,
       CASE
           WHEN s.problems IS NOT NULL OR m.problems IS NOT NULL THEN concat('unreadable: ', coalesce(s.problems, m.problems))
           WHEN s.ambiguous OR m.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN s.untyped THEN 'unreadable: no order type'
       END AS not_evaluated,
       s.material AS sap_material,
       s.bom AS sap_bom,
       s.bom_alternative AS sap_bom_alternative,
       s.production_version AS sap_production_version,
       s.revision AS sap_revision,
       m.bom AS mes_bom,
       m.bom_alternative AS mes_bom_alternative,
       m.production_version AS mes_production_version,
       m.revision AS mes_revision,
       l.first_component AS mes_component,
       m.started AS mes_started,
       p.components_govern AND coalesce(l.both_known AND NOT l.differs AND NOT l.unclear, false) AS same_components,
       s.moving OR m.moving OR coalesce(l.moving, false) AS moving
FROM sap_order s
JOIN cut ON cut.system = s.system AND cut.plant = s.plant
JOIN params p ON p.system = s.system AND p.plant = s.plant
JOIN mes_order m ON m.system = s.system AND m.plant = s.plant AND m.order_no = s.order_no
LEFT JOIN list l ON l.system = s.system AND l.plant = s.plant AND l.order_no = s.order_no
WHERE NOT m.cancelled
