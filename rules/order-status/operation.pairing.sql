/* ---
pairing: operation
title: Operations of an order
key: [order_no, operation_no]
from: [sap.work_order, sap.operation, mes.operation]
workflow: confirmation
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
  control_keys_not_in_mes: []
evidence:
  - {table: sap.operation, match: {order_no: order_no, operation_no: operation_no}}
  - {table: mes.operation, match: {order_no: order_no, operation_no: operation_no}}
  - {table: sap.confirmation, match: {order_no: order_no, operation_no: operation_no}}
messages:
  - {match: {order_no: order_no, operation_no: operation_no}}
--- */
-- An operation that was deleted or cancelled is not confirmed, and nobody waits for it.
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           bool_or(s.order_type IS NULL) AS untyped,
           min(s.material) AS material,
           min(s.released_at) AS released_at
    FROM sap.work_order s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.order_type IS NULL OR list_contains(p.order_types, s.order_type)
    GROUP BY s.system, s.plant, s.order_no
),
sap_operation AS (
    SELECT a.system,
           a.plant,
           a.order_no,
           a.operation_no,
           max(a.changed_at) AS changed_at,
           min(a.problems) AS problems,
           bool_or(a.ambiguous) OR count(*) > 1 AS ambiguous,
           min(coalesce(a.sequence_no, '0')) AS sequence_no,
           min(a.resource) AS resource,
           max(a.yield_quantity) AS yield_quantity,
           min(a.unit) AS unit,
           bool_and(coalesce(a.finally_confirmed, false) AND NOT coalesce(a.deletion_flag, false)) AS confirmed,
           bool_or(a.partially_confirmed) AS partially_confirmed,
           bool_and(coalesce(a.deletion_flag, false) OR coalesce(a.rework, false)) AS not_awaited,
           -- Not to be confirmed at all, or not by the MES.
           bool_and(NOT coalesce(a.confirmable, true) OR coalesce(list_contains(p.control_keys_not_in_mes, a.control_key), false)) AS left_out,
           bool_or(a.moving) AS moving
    FROM sap.operation a
    JOIN params p ON p.system = a.system AND p.plant = a.plant
    GROUP BY a.system, a.plant, a.order_no, a.operation_no
),
mes_operation AS (
    SELECT system,
           plant,
           order_no,
           operation_no,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) OR count(*) > 1 AS ambiguous,
           max(completed_at) AS completed_at,
           max(yield_quantity) AS yield_quantity,
           min(unit) AS unit,
           bool_or(finally_confirmed IS NULL) AS unknown,
           bool_and(finally_confirmed AND NOT coalesce(deletion_flag, false)) AS confirmed,
           bool_and(coalesce(mes_only, false)) AS left_out,
           bool_or(moving) AS moving
    FROM mes.operation
    GROUP BY system, plant, order_no, operation_no
),
compared AS (
    SELECT system, plant, order_no, operation_no FROM sap_operation
    UNION
    SELECT system, plant, order_no, operation_no FROM mes_operation
),
-- The first operation of a sequence that nobody has confirmed: operation numbers have four digits and run in the order of the work.
first_open AS (
    SELECT s.system, s.plant, s.order_no, s.sequence_no, min(s.operation_no) AS operation_no
    FROM sap_operation s
    LEFT JOIN mes_operation m ON m.system = s.system AND m.plant = s.plant AND m.order_no = s.order_no AND m.operation_no = s.operation_no
    WHERE NOT s.confirmed AND NOT s.not_awaited AND NOT s.left_out AND NOT coalesce(m.confirmed, false)
    GROUP BY s.system, s.plant, s.order_no, s.sequence_no
)
SELECT c.system,
       c.plant,
       c.order_no,
       c.operation_no,
       CASE WHEN s.changed_at IS NULL OR m.changed_at IS NULL THEN coalesce(s.changed_at, m.changed_at) ELSE greatest(s.changed_at, m.changed_at) END AS changed_at,
       CASE
           WHEN o.problems IS NOT NULL OR s.problems IS NOT NULL OR m.problems IS NOT NULL
               THEN concat('unreadable: ', coalesce(o.problems, s.problems, m.problems))
           WHEN o.ambiguous OR s.ambiguous OR m.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN o.untyped THEN 'unreadable: no order type'
           WHEN o.released_at < cut.complete_from THEN 'before history'
           WHEN m.unknown THEN 'unreadable: the MES does not say its status'
       END AS not_evaluated,
       o.material AS sap_material,
       s.resource AS sap_resource,
       coalesce(s.confirmed, false) AS sap_confirmed,
       coalesce(s.partially_confirmed, false) AS sap_partially_confirmed,
       s.yield_quantity AS sap_yield,
       coalesce(m.confirmed, false) AS mes_confirmed,
       m.completed_at AS mes_completed_at,
       m.yield_quantity AS mes_yield,
       coalesce(s.unit, m.unit) AS unit,
       s.unit AS sap_unit,
       m.unit AS mes_unit,
       s.confirmed AND m.confirmed AND s.operation_no > f.operation_no AS out_of_sequence,
       f.operation_no AS sap_first_open,
       coalesce(s.moving, false) OR coalesce(m.moving, false) AS moving
FROM compared c
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
JOIN sap_order o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
LEFT JOIN sap_operation s ON s.system = c.system AND s.plant = c.plant AND s.order_no = c.order_no AND s.operation_no = c.operation_no
LEFT JOIN mes_operation m ON m.system = c.system AND m.plant = c.plant AND m.order_no = c.order_no AND m.operation_no = c.operation_no
LEFT JOIN first_open f ON f.system = s.system AND f.plant = s.plant AND f.order_no = s.order_no AND f.sequence_no = s.sequence_no
WHERE NOT coalesce(s.left_out, false) AND NOT coalesce(m.left_out, false)
