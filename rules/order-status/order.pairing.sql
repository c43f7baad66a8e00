/* ---
pairing: order
title: Orders that the MES executes
key: [order_no]
from: [sap.work_order, mes.work_order, mes.movement]
workflow: order-status
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: mes.work_order, match: {order_no: order_no}}
  - {table: sap.confirmation, match: {order_no: order_no}}
--- */
-- Orders of the declared types only: what the MES never executes is not demanded of it.
WITH event AS (
    SELECT system, plant, order_no, bool_and(ambiguous) AS ambiguous
    FROM mes.movement
    WHERE order_no IS NOT NULL
    GROUP BY system, plant, order_no
),
-- An order read in several versions, or from several sources, is one row that cannot be judged.
sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           min(s.material) AS material,
           min(s.order_type) AS order_type,
           min(s.planned_quantity) AS planned_quantity,
           min(s.produced_quantity) AS produced_quantity,
           min(s.unit) AS unit,
           min(s.under_delivery_tolerance) AS under_delivery_tolerance,
           min(s.scheduled_start) AS scheduled_start,
           min(s.released_at) AS released_at,
           bool_and(s.finally_confirmed) AS finally_confirmed,
           bool_and(s.delivery_completed) AS delivery_completed,
           bool_and(s.technically_complete OR s.closed OR s.cancelled) AS ended,
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
           max(completed_at) AS completed_at,
           min(produced_quantity) AS produced_quantity,
           bool_or(closed) AS closed,
           bool_or(moving) AS moving
    FROM mes.work_order
    GROUP BY system, plant, order_no
)
SELECT s.system,
       s.plant,
       s.order_no,
       greatest(s.changed_at, m.changed_at) AS changed_at,
       CASE
           WHEN s.problems IS NOT NULL OR m.problems IS NOT NULL THEN concat('unreadable: ', coalesce(s.problems, m.problems))
           WHEN s.ambiguous OR m.ambiguous THEN 'ambiguous: rows with equal keys differ'
           -- The only sign of it in the MES is a movement whose versions may name two orders.
           WHEN m.order_no IS NULL AND e.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN m.order_no IS NOT NULL AND m.closed IS NULL THEN 'unreadable: the MES does not say its status'
           WHEN s.order_type IS NULL THEN 'unreadable: no order type'
           WHEN s.planned_quantity IS NULL THEN 'unreadable: no planned quantity'
           WHEN s.released_at < c.complete_from THEN 'before history'
       END AS not_evaluated,
       s.material AS sap_material,
       s.order_type AS sap_order_type,
       s.planned_quantity AS sap_planned,
       s.produced_quantity AS sap_received,
       s.unit AS sap_unit,
       s.under_delivery_tolerance AS sap_under_delivery_tolerance,
       s.scheduled_start AS sap_scheduled_start,
       s.released_at AS sap_released_at,
       s.finally_confirmed AS sap_finally_confirmed,
       s.delivery_completed AS sap_delivery_completed,
       s.ended AS sap_ended,
       s.moving AS sap_moving,
       s.released_at > c.settled_until AS sap_release_moving,
       m.order_no IS NOT NULL OR coalesce(NOT e.ambiguous, false) AS mes_knows,
       m.completed_at AS mes_completed_at,
       m.produced_quantity AS mes_produced,
       -- NULL: the MES has it in a status that nobody declared.
       m.order_no IS NOT NULL AND m.closed AS mes_complete,
       m.moving AS mes_moving,
       c.cut AS cut
FROM sap_order s
JOIN cut c ON c.system = s.system AND c.plant = s.plant
LEFT JOIN mes_order m ON m.system = s.system AND m.plant = s.plant AND m.order_no = s.order_no
LEFT JOIN event e ON e.system = s.system AND e.plant = s.plant AND e.order_no = s.order_no
