/* ---
pairing: confirmed_quantity
title: Confirmed yield, scrap and rework of an order
key: [order_no]
from: [sap.work_order, sap.operation, sap.confirmation, mes.confirmation, sap.unit_conversion]
workflow: confirmation
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
  control_keys_not_in_mes: []
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: sap.confirmation, match: {order_no: order_no}}
  - {table: mes.confirmation, match: {order_no: order_no}}
--- */
-- Yield is what the last operation confirmed: summed over operations each piece would count several times. Scrap and rework leave at any operation.
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           max(s.changed_at) AS changed_at,
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
-- Operations that the MES does not report: SAP confirms them by itself with a later milestone.
left_out AS (
    SELECT a.system, a.plant, a.order_no, a.operation_no
    FROM sap.operation a
    JOIN params p ON p.system = a.system AND p.plant = a.plant
    WHERE list_contains(p.control_keys_not_in_mes, a.control_key)
    GROUP BY a.system, a.plant, a.order_no, a.operation_no
),
-- Operation numbers have four digits and run in the order of the work; parallel sequences have no end of their own.
last_operation AS (
    SELECT a.system, a.plant, a.order_no, max(a.operation_no) AS operation_no, min(a.problems) AS problems, bool_or(a.ambiguous) AS ambiguous
    FROM sap.operation a
    LEFT JOIN left_out x ON x.system = a.system AND x.plant = a.plant AND x.order_no = a.order_no AND x.operation_no = a.operation_no
    WHERE NOT coalesce(a.deletion_flag, false) AND coalesce(a.confirmable, true) AND coalesce(a.sequence_no, '0') = '0' AND x.operation_no IS NULL
    GROUP BY a.system, a.plant, a.order_no
),
-- A number of confirmation that stands twice is one that differs: its versions are not added up.
reported AS (
    SELECT 'sap' AS side, system, plant, order_no, operation_no, confirmation, cancels, cancelled, yield_quantity, scrap_quantity, rework_quantity, unit, changed_at,
           moving, problems, ambiguous
    FROM sap.confirmation
    UNION ALL
    SELECT 'mes', system, plant, order_no, operation_no, confirmation, cancels, cancelled, yield_quantity, scrap_quantity, rework_quantity, unit, changed_at,
           moving, problems, ambiguous
    FROM mes.confirmation
),
-- When a confirmation was taken back, and whether that is still moving.
taken_back AS (
    SELECT side, system, plant, cancels AS confirmation, max(changed_at) AS changed_at, bool_and(moving) AS moving
    FROM reported
    WHERE cancels IS NOT NULL
    GROUP BY side, system, plant, cancels
),
-- What a confirmation adds, and what its cancellation takes away again. The row that cancels has no quantity of its own: systems differ over its sign. One that is
-- marked as cancelled, and of which nothing says when, never counted.
event AS (
    SELECT r.side, r.system, r.plant, r.order_no, r.operation_no, r.yield_quantity, r.scrap_quantity, r.rework_quantity, r.unit, r.changed_at, r.moving,
           r.problems, r.ambiguous, 1 AS sign
    FROM reported r
    LEFT JOIN taken_back t ON t.side = r.side AND t.system = r.system AND t.plant = r.plant AND t.confirmation = r.confirmation
    WHERE r.cancels IS NULL AND (t.confirmation IS NOT NULL OR NOT coalesce(r.cancelled, false))
    UNION ALL
    SELECT r.side, r.system, r.plant, r.order_no, r.operation_no, r.yield_quantity, r.scrap_quantity, r.rework_quantity, r.unit, t.changed_at, t.moving,
           r.problems, r.ambiguous, -1
    FROM reported r
    JOIN taken_back t ON t.side = r.side AND t.system = r.system AND t.plant = r.plant AND t.confirmation = r.confirmation
    WHERE r.cancels IS NULL
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, min(base_unit) AS base_unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor,
           bool_or(nominal) AS nominal
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
measured AS (
    SELECT e.side,
           e.system,
           e.plant,
           e.order_no,
           e.operation_no,
           e.changed_at,
           e.moving,
           u.base_unit,
           u.nominal,
           e.unit,
           -- Without an operation it is a report about the order.
           CASE WHEN e.operation_no IS NULL OR e.operation_no = l.operation_no THEN e.sign * e.yield_quantity * u.factor ELSE 0 END AS yield,
           e.sign * e.scrap_quantity * u.factor AS scrap,
           e.sign * e.rework_quantity * u.factor AS rework,
           CASE
               WHEN e.problems IS NOT NULL THEN concat('unreadable: ', e.problems)
               WHEN e.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(e.unit, 'no unit'), ' for ', coalesce(o.material, 'no material'))
           END AS not_evaluated
    FROM event e
    JOIN sap_order o ON o.system = e.system AND o.plant = e.plant AND o.order_no = e.order_no
    LEFT JOIN last_operation l ON l.system = e.system AND l.plant = e.plant AND l.order_no = e.order_no
    LEFT JOIN left_out x ON x.system = e.system AND x.plant = e.plant AND x.order_no = e.order_no AND x.operation_no = e.operation_no
    LEFT JOIN conversion u ON u.system = e.system AND u.material = o.material AND u.unit = e.unit
    WHERE x.operation_no IS NULL
),
compared AS (
    SELECT system,
           plant,
           order_no,
           max(changed_at) AS changed_at,
           -- Pieces agree with pieces, whatever one weighs; with a weight they cannot be compared.
           coalesce(min(not_evaluated),
                    CASE WHEN bool_or(nominal) AND count(DISTINCT unit) > 1
                             THEN concat('only an average converts ', min(unit) FILTER (WHERE nominal), ' to ', max(base_unit)) END) AS not_evaluated,
           max(base_unit) AS unit,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           CASE WHEN count(DISTINCT operation_no) FILTER (WHERE side = 'sap' AND (scrap <> 0 OR rework <> 0)) = 1
                    THEN min(operation_no) FILTER (WHERE side = 'sap' AND (scrap <> 0 OR rework <> 0)) END AS sap_scrap_operation,
           CASE WHEN count(DISTINCT operation_no) FILTER (WHERE side = 'mes' AND (scrap <> 0 OR rework <> 0)) = 1
                    THEN min(operation_no) FILTER (WHERE side = 'mes' AND (scrap <> 0 OR rework <> 0)) END AS mes_scrap_operation,
           sum(yield) FILTER (WHERE side = 'sap' AND NOT moving) AS sap_yield_settled,
           sum(yield) FILTER (WHERE side = 'sap' AND (NOT moving OR yield < 0)) AS sap_yield_low,
           sum(yield) FILTER (WHERE side = 'sap' AND (NOT moving OR yield > 0)) AS sap_yield_high,
           sum(scrap) FILTER (WHERE side = 'sap' AND NOT moving) AS sap_scrap_settled,
           sum(scrap) FILTER (WHERE side = 'sap' AND (NOT moving OR scrap < 0)) AS sap_scrap_low,
           sum(scrap) FILTER (WHERE side = 'sap' AND (NOT moving OR scrap > 0)) AS sap_scrap_high,
           sum(rework) FILTER (WHERE side = 'sap' AND NOT moving) AS sap_rework_settled,
           sum(rework) FILTER (WHERE side = 'sap' AND (NOT moving OR rework < 0)) AS sap_rework_low,
           sum(rework) FILTER (WHERE side = 'sap' AND (NOT moving OR rework > 0)) AS sap_rework_high,
           sum(yield) FILTER (WHERE side = 'mes' AND NOT moving) AS mes_yield_settled,
           sum(yield) FILTER (WHERE side = 'mes' AND (NOT moving OR yield < 0)) AS mes_yield_low,
           sum(yield) FILTER (WHERE side = 'mes' AND (NOT moving OR yield > 0)) AS mes_yield_high,
           sum(scrap) FILTER (WHERE side = 'mes' AND NOT moving) AS mes_scrap_settled,
           sum(scrap) FILTER (WHERE side = 'mes' AND (NOT moving OR scrap < 0)) AS mes_scrap_low,
           sum(scrap) FILTER (WHERE side = 'mes' AND (NOT moving OR scrap > 0)) AS mes_scrap_high,
           sum(rework) FILTER (WHERE side = 'mes' AND NOT moving) AS mes_rework_settled,
           sum(rework) FILTER (WHERE side = 'mes' AND (NOT moving OR rework < 0)) AS mes_rework_low,
           sum(rework) FILTER (WHERE side = 'mes' AND (NOT moving OR rework > 0)) AS mes_rework_high
    FROM measured
    GROUP BY system, plant, order_no
)
SELECT o.system,
       o.plant,
       o.order_no,
       coalesce(c.changed_at, o.changed_at) AS changed_at,
       CASE
           WHEN o.problems IS NOT NULL OR l.problems IS NOT NULL THEN concat('unreadable: ', coalesce(o.problems, l.problems))
           WHEN o.ambiguous OR l.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN o.untyped THEN 'unreadable: no order type'
           WHEN o.released_at < cut.complete_from THEN 'before history'
           WHEN l.operation_no IS NULL AND c.order_no IS NOT NULL THEN 'unreadable: the order has no operations'
           ELSE c.not_evaluated
       END AS not_evaluated,
       o.material AS sap_material,
       l.operation_no AS sap_last_operation,
       coalesce(c.sap_rows, 0) AS sap_rows,
       coalesce(c.mes_rows, 0) AS mes_rows,
       -- The one operation that has scrap or rework; NULL: none has, or several have.
       c.sap_scrap_operation,
       c.mes_scrap_operation,
       c.unit,
       CAST(coalesce(c.sap_yield_settled, 0) AS DECIMAL(18, 6)) AS sap_yield_settled,
       CAST(coalesce(c.sap_yield_low, 0) AS DECIMAL(18, 6)) AS sap_yield_low,
       CAST(coalesce(c.sap_yield_high, 0) AS DECIMAL(18, 6)) AS sap_yield_high,
       CAST(coalesce(c.sap_scrap_settled, 0) AS DECIMAL(18, 6)) AS sap_scrap_settled,
       CAST(coalesce(c.sap_scrap_low, 0) AS DECIMAL(18, 6)) AS sap_scrap_low,
       CAST(coalesce(c.sap_scrap_high, 0) AS DECIMAL(18, 6)) AS sap_scrap_high,
       CAST(coalesce(c.sap_rework_settled, 0) AS DECIMAL(18, 6)) AS sap_rework_settled,
       CAST(coalesce(c.sap_rework_low, 0) AS DECIMAL(18, 6)) AS sap_rework_low,
       CAST(coalesce(c.sap_rework_high, 0) AS DECIMAL(18, 6)) AS sap_rework_high,
       CAST(coalesce(c.mes_yield_settled, 0) AS DECIMAL(18, 6)) AS mes_yield_settled,
       CAST(coalesce(c.mes_yield_low, 0) AS DECIMAL(18, 6)) AS mes_yield_low,
       CAST(coalesce(c.mes_yield_high, 0) AS DECIMAL(18, 6)) AS mes_yield_high,
       CAST(coalesce(c.mes_scrap_settled, 0) AS DECIMAL(18, 6)) AS mes_scrap_settled,
       CAST(coalesce(c.mes_scrap_low, 0) AS DECIMAL(18, 6)) AS mes_scrap_low,
       CAST(coalesce(c.mes_scrap_high, 0) AS DECIMAL(18, 6)) AS mes_scrap_high,
       CAST(coalesce(c.mes_rework_settled, 0) AS DECIMAL(18, 6)) AS mes_rework_settled,
       CAST(coalesce(c.mes_rework_low, 0) AS DECIMAL(18, 6)) AS mes_rework_low,
       CAST(coalesce(c.mes_rework_high, 0) AS DECIMAL(18, 6)) AS mes_rework_high
FROM sap_order o
JOIN cut ON cut.system = o.system AND cut.plant = o.plant
LEFT JOIN last_operation l ON l.system = o.system AND l.plant = o.plant AND l.order_no = o.order_no
LEFT JOIN compared c ON c.system = o.system AND c.plant = o.plant AND c.order_no = o.order_no
