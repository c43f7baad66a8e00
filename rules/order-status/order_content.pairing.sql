/* ---
pairing: order_content
title: What a released order carries in SAP
key: [order_no]
from: [sap.work_order, sap.operation, sap.component, sap.inspection_lot]
workflow: order-status
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: sap.operation, match: {order_no: order_no}}
  - {table: sap.component, match: {order_no: order_no}}
  - {table: sap.inspection_lot, match: {order_no: order_no}}
--- */
-- An inspection is required where the order calls for a type of it, or one of its operations has characteristics; the lot for it exists from the release on.
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           min(s.order_type) AS order_type,
           min(s.material) AS material,
           min(s.planned_quantity) AS planned_quantity,
           min(s.unit) AS unit,
           min(s.released_at) AS released_at,
           min(s.inspection_requirement) AS inspection_requirement,
           bool_and(coalesce(s.technically_complete, false) OR coalesce(s.closed, false) OR coalesce(s.cancelled, false)) AS ended,
           bool_or(s.moving) AS moving
    FROM sap.work_order s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.order_type IS NULL OR list_contains(p.order_types, s.order_type)
    GROUP BY s.system, s.plant, s.order_no
),
operations AS (
    SELECT system, plant, order_no, count(*) AS rows, bool_or(inspection_required) AS inspected
    FROM sap.operation
    WHERE NOT coalesce(deletion_flag, false)
    GROUP BY system, plant, order_no
),
components AS (
    SELECT system, plant, order_no, count(*) AS rows
    FROM sap.component
    WHERE NOT coalesce(deleted, false) AND NOT coalesce(by_product, false) AND NOT coalesce(co_product, false)
    GROUP BY system, plant, order_no
),
lots AS (
    SELECT l.system, l.plant, l.order_no, count(*) AS rows
    FROM sap.inspection_lot l
    JOIN sap_order o ON o.system = l.system AND o.plant = l.plant AND o.order_no = l.order_no
    WHERE NOT coalesce(l.cancelled, false) AND (o.inspection_requirement IS NULL OR l.inspection_type = o.inspection_requirement)
    GROUP BY l.system, l.plant, l.order_no
)
SELECT o.system,
       o.plant,
       o.order_no,
       o.changed_at,
       CASE
           WHEN o.problems IS NOT NULL THEN concat('unreadable: ', o.problems)
           WHEN o.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN o.order_type IS NULL THEN 'unreadable: no order type'
           WHEN o.released_at < c.complete_from THEN 'before history'
       END AS not_evaluated,
       o.order_type AS sap_order_type,
       o.material AS sap_material,
       o.planned_quantity AS sap_planned,
       o.unit AS sap_unit,
       o.released_at AS sap_released_at,
       o.ended AS sap_ended,
       coalesce(p.rows, 0) AS sap_operations,
       coalesce(m.rows, 0) AS sap_components,
       o.inspection_requirement IS NOT NULL OR coalesce(p.inspected, false) AS sap_inspection_required,
       coalesce(l.rows, 0) AS sap_inspection_lots,
       o.released_at > c.settled_until OR o.moving AS sap_moving
FROM sap_order o
JOIN cut c ON c.system = o.system AND c.plant = o.plant
LEFT JOIN operations p ON p.system = o.system AND p.plant = o.plant AND p.order_no = o.order_no
LEFT JOIN components m ON m.system = o.system AND m.plant = o.plant AND m.order_no = o.order_no
LEFT JOIN lots l ON l.system = o.system AND l.plant = o.plant AND l.order_no = o.order_no
