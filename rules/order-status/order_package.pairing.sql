/* ---
pairing: order_package
title: Order packages that the MES holds
key: [order_no]
from: [sap.work_order, sap.operation, mes.work_order, mes.operation, mes.crosswalk, sap.unit_conversion]
workflow: order-status
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: mes.work_order, match: {order_no: order_no}}
  - {table: sap.operation, match: {order_no: order_no}}
  - {table: mes.operation, match: {order_no: order_no}}
messages:
  - {workflows: [order-release], match: {order_no: order_no}}
--- */
-- What the MES was told of an order, beside what SAP would tell it now. Orders that have ended on either side have no package any more.
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           bool_or(s.order_type IS NULL) AS untyped,
           min(s.material) AS material,
           min(s.planned_quantity) AS planned_quantity,
           min(s.unit) AS unit,
           min(s.serial_profile) AS serial_profile,
           min(s.inspection_requirement) AS inspection_requirement,
           min(s.revision) AS revision,
           min(s.scheduled_start) AS scheduled_start,
           min(s.scheduled_end) AS scheduled_end,
           min(s.released_at) AS released_at,
           bool_and(coalesce(s.technically_complete, false) OR coalesce(s.closed, false) OR coalesce(s.cancelled, false)) AS ended,
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
           min(material) AS material,
           min(planned_quantity) AS planned_quantity,
           min(unit) AS unit,
           min(serial_profile) AS serial_profile,
           min(inspection_requirement) AS inspection_requirement,
           min(revision) AS revision,
           min(scheduled_start) AS scheduled_start,
           min(scheduled_end) AS scheduled_end,
           bool_or(started_at IS NOT NULL) AS started,
           bool_and(coalesce(closed, false) OR coalesce(cancelled, false)) AS ended,
           bool_or(closed IS NULL) AS unknown,
           bool_or(moving) AS moving
    FROM mes.work_order
    GROUP BY system, plant, order_no
),
-- A code that the crosswalk gives two names is as good as one that it does not know.
place AS (
    SELECT cut.system, cut.plant, x.code, CASE WHEN min(x.canonical_code) = max(x.canonical_code) THEN min(x.canonical_code) END AS canonical_code
    FROM cut
    JOIN mes.crosswalk x ON x.system = cut.system AND (x.plant = cut.plant OR x.plant = '*')
    WHERE x.code_list = 'resource'
    GROUP BY cut.system, cut.plant, x.code
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
elsewhere AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           min(s.operation_no) AS operation_no,
           bool_or(s.moving OR m.moving) AS moving,
           min(coalesce(s.problems, m.problems)) AS problems,
           bool_or(s.ambiguous OR m.ambiguous) AS ambiguous
    FROM sap.operation s
    JOIN mes.operation m ON m.system = s.system AND m.plant = s.plant AND m.order_no = s.order_no AND m.operation_no = s.operation_no
        AND coalesce(m.sequence_no, '0') = coalesce(s.sequence_no, '0')
    LEFT JOIN place w ON w.system = m.system AND w.plant = m.plant AND w.code = m.resource
    WHERE NOT coalesce(s.deletion_flag, false)
      AND NOT coalesce(m.deletion_flag, false)
      AND (s.resource IS DISTINCT FROM coalesce(w.canonical_code, m.resource))
    GROUP BY s.system, s.plant, s.order_no
)
SELECT o.system,
       o.plant,
       o.order_no,
       greatest(o.changed_at, m.changed_at) AS changed_at,
       CASE
           WHEN o.problems IS NOT NULL OR m.problems IS NOT NULL OR e.problems IS NOT NULL THEN concat('unreadable: ', coalesce(o.problems, m.problems, e.problems))
           WHEN o.ambiguous OR m.ambiguous OR e.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN m.unknown THEN 'unreadable: the MES does not say its status'
           WHEN o.untyped THEN 'unreadable: no order type'
           WHEN o.released_at < cut.complete_from THEN 'before history'
           WHEN o.material = m.material AND o.unit IS DISTINCT FROM m.unit AND (u.factor IS NULL OR v.factor IS NULL)
               THEN concat('no conversion from ', CASE WHEN u.factor IS NULL THEN coalesce(o.unit, 'no unit') ELSE coalesce(m.unit, 'no unit') END, ' for ', o.material)
           WHEN o.material = m.material AND o.unit <> m.unit AND abs(m.planned_quantity * v.factor) >= 1000000000000 * u.factor
               THEN concat('unreadable: ', m.planned_quantity, ' ', m.unit, ' is more than a quantity can be')
       END AS not_evaluated,
       o.material AS sap_material,
       -- In the unit of the order in SAP, where the two are not counted in the same one.
       o.planned_quantity AS sap_planned,
       CASE WHEN o.unit IS NOT DISTINCT FROM m.unit OR o.material <> m.material THEN m.planned_quantity
            WHEN abs(m.planned_quantity * v.factor) < 1000000000000 * u.factor THEN CAST(m.planned_quantity * v.factor / u.factor AS DECIMAL(18, 6))
       END AS mes_planned,
       o.unit AS unit,
       o.serial_profile AS sap_serial_profile,
       o.inspection_requirement AS sap_inspection_requirement,
       o.revision AS sap_revision,
       o.scheduled_start AS sap_scheduled_start,
       o.scheduled_end AS sap_scheduled_end,
       e.operation_no AS sap_elsewhere,
       m.material AS mes_material,
       m.serial_profile AS mes_serial_profile,
       m.inspection_requirement AS mes_inspection_requirement,
       m.revision AS mes_revision,
       m.scheduled_start AS mes_scheduled_start,
       m.scheduled_end AS mes_scheduled_end,
       m.started AS mes_started,
       o.moving OR m.moving OR coalesce(e.moving, false) AS moving
FROM sap_order o
JOIN cut ON cut.system = o.system AND cut.plant = o.plant
JOIN mes_order m ON m.system = o.system AND m.plant = o.plant AND m.order_no = o.order_no
LEFT JOIN elsewhere e ON e.system = o.system AND e.plant = o.plant AND e.order_no = o.order_no
LEFT JOIN conversion u ON u.system = o.system AND u.material = o.material AND u.unit = o.unit
LEFT JOIN conversion v ON v.system = o.system AND v.material = o.material AND v.unit = m.unit
WHERE NOT o.ended AND NOT m.ended
