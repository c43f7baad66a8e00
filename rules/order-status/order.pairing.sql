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
  - {table: sap.operation, match: {order_no: order_no}}
  - {table: sap.confirmation, match: {order_no: order_no}}
--- */
-- Orders of the declared types only: what the MES never executes is not demanded of it. Besides them, what the MES has and SAP does not.
WITH event AS (
    SELECT system, plant, order_no, bool_and(ambiguous) AS ambiguous, bool_and(moving) AS moving
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
           min(s.yield_quantity) AS yield_quantity,
           min(s.unit) AS unit,
           min(s.under_delivery_tolerance) AS under_delivery_tolerance,
           min(s.scheduled_start) AS scheduled_start,
           min(s.released_at) AS released_at,
           bool_or(s.released_at IS NULL) AS unreleased,
           bool_and(s.finally_confirmed) AS finally_confirmed,
           bool_and(s.delivery_completed) AS delivery_completed,
           bool_and(s.technically_complete) AS technically_complete,
           bool_and(s.closed) AS closed,
           bool_and(s.cancelled) AS cancelled,
           bool_and(s.technically_complete OR s.closed OR s.cancelled) AS ended,
           bool_or(s.moving) AS moving
    FROM sap.work_order s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.order_type IS NULL OR list_contains(p.order_types, s.order_type)
    GROUP BY s.system, s.plant, s.order_no
),
-- SAP's order numbers are one range over all plants and types.
sap_known AS (
    SELECT system, order_no
    FROM sap.work_order
    GROUP BY system, order_no
),
mes_order AS (
    SELECT system,
           plant,
           order_no,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) OR count(*) > 1 AS ambiguous,
           min(material) AS material,
           min(order_type) AS order_type,
           max(unit) AS unit,
           min(released_at) AS received_at,
           min(started_at) AS started_at,
           max(completed_at) AS completed_at,
           max(cancelled_at) AS cancelled_at,
           min(planned_quantity) AS planned_quantity,
           min(produced_quantity) AS produced_quantity,
           bool_or(closed) AS closed,
           bool_or(coalesce(cancelled, false)) AS cancelled,
           bool_or(coalesce(local, false)) AS local,
           bool_or(moving) AS moving
    FROM mes.work_order
    GROUP BY system, plant, order_no
),
compared AS (
    SELECT system, plant, order_no FROM sap_order
    UNION
    SELECT m.system, m.plant, m.order_no
    FROM mes_order m
    LEFT JOIN sap_known k ON k.system = m.system AND k.order_no = m.order_no
    WHERE k.order_no IS NULL AND m.order_no IS NOT NULL
)
SELECT o.system,
       o.plant,
       o.order_no,
       CASE WHEN s.changed_at IS NULL OR m.changed_at IS NULL THEN coalesce(s.changed_at, m.changed_at) ELSE greatest(s.changed_at, m.changed_at) END AS changed_at,
       CASE
           WHEN s.problems IS NOT NULL OR m.problems IS NOT NULL THEN concat('unreadable: ', coalesce(s.problems, m.problems))
           WHEN s.ambiguous OR m.ambiguous THEN 'ambiguous: rows with equal keys differ'
           -- The only sign of it in the MES is a movement whose versions may name two orders.
           WHEN m.order_no IS NULL AND e.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN m.order_no IS NOT NULL AND m.closed IS NULL THEN 'unreadable: the MES does not say its status'
           WHEN s.order_no IS NOT NULL AND s.order_type IS NULL THEN 'unreadable: no order type'
           WHEN s.order_no IS NOT NULL AND s.planned_quantity IS NULL THEN 'unreadable: no planned quantity'
           WHEN s.released_at < c.complete_from THEN 'before history'
           -- What is older than SAP's extract may have been archived there.
           WHEN s.order_no IS NULL AND coalesce(m.received_at, m.started_at, m.changed_at) < c.complete_from THEN 'before history'
       END AS not_evaluated,
       -- Nothing that either side says of it can be relied upon.
       s.problems IS NOT NULL OR m.problems IS NOT NULL OR coalesce(s.ambiguous, false) OR coalesce(m.ambiguous, false)
           OR (m.order_no IS NOT NULL AND m.closed IS NULL) AS unclear,
       s.order_no IS NOT NULL AS sap_knows,
       s.material AS sap_material,
       s.order_type AS sap_order_type,
       s.planned_quantity AS sap_planned,
       s.produced_quantity AS sap_received,
       s.yield_quantity AS sap_yield,
       s.unit AS sap_unit,
       s.under_delivery_tolerance AS sap_under_delivery_tolerance,
       s.scheduled_start AS sap_scheduled_start,
       s.released_at AS sap_released_at,
       s.unreleased AS sap_unreleased,
       s.finally_confirmed AS sap_finally_confirmed,
       s.delivery_completed AS sap_delivery_completed,
       s.technically_complete AS sap_technically_complete,
       s.closed AS sap_closed,
       s.cancelled AS sap_cancelled,
       s.ended AS sap_ended,
       s.moving AS sap_moving,
       s.released_at > c.settled_until AS sap_release_moving,
       m.order_no IS NOT NULL OR coalesce(NOT e.ambiguous, false) AS mes_knows,
       m.order_no IS NOT NULL AS mes_has_order,
       m.order_type AS mes_order_type,
       m.material AS mes_material,
       m.unit AS mes_unit,
       m.local AS mes_local,
       m.received_at AS mes_received_at,
       coalesce(m.received_at, m.started_at, m.changed_at) > c.settled_until AS mes_receipt_moving,
       m.started_at AS mes_started_at,
       -- A movement of the order starts it, whatever its row says.
       m.started_at IS NOT NULL OR coalesce(m.closed, false) OR coalesce(NOT e.ambiguous, false) AS mes_started,
       -- Once one sign of the start has settled, a later change does not make it young again.
       NOT (coalesce(m.started_at <= c.settled_until, false)
            OR coalesce(m.completed_at <= c.settled_until, false)
            OR coalesce(m.closed AND NOT m.moving, false)
            OR coalesce(NOT e.moving AND NOT e.ambiguous, false)) AS mes_start_moving,
       m.completed_at AS mes_completed_at,
       m.cancelled_at AS mes_cancelled_at,
       m.planned_quantity AS mes_planned,
       m.produced_quantity AS mes_produced,
       -- NULL: the MES has it in a status that nobody declared.
       m.order_no IS NOT NULL AND m.closed AS mes_complete,
       m.cancelled AS mes_cancelled,
       m.moving AS mes_moving,
       c.cut AS cut
FROM compared o
JOIN cut c ON c.system = o.system AND c.plant = o.plant
LEFT JOIN sap_order s ON s.system = o.system AND s.plant = o.plant AND s.order_no = o.order_no
LEFT JOIN mes_order m ON m.system = o.system AND m.plant = o.plant AND m.order_no = o.order_no
LEFT JOIN event e ON e.system = o.system AND e.plant = o.plant AND e.order_no = o.order_no
