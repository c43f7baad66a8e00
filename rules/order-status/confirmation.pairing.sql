/* ---
pairing: confirmation
title: Confirmations of an order by their external reference
key: [order_no, confirmation]
from: [sap.work_order, sap.operation, sap.confirmation, mes.confirmation]
workflow: confirmation
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
  control_keys_not_in_mes: []
evidence:
  - {table: sap.confirmation, match: {order_no: order_no, confirmation: reference}}
  - {table: mes.confirmation, match: {order_no: order_no, confirmation: reference}}
messages:
  - {match: {confirmation: reference}}
  - {match: {order_no: order_no, confirmation: confirmation}}
--- */
-- A confirmation that was entered by hand has no reference; it is here under its own number once it was cancelled, because then there is something to ask. One
-- that SAP made by itself with a later milestone has none either, and is nothing that the MES would know of.
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
-- Operations that the MES does not report.
left_out AS (
    SELECT a.system, a.plant, a.order_no, a.operation_no
    FROM sap.operation a
    JOIN params p ON p.system = a.system AND p.plant = a.plant
    WHERE list_contains(p.control_keys_not_in_mes, a.control_key)
    GROUP BY a.system, a.plant, a.order_no, a.operation_no
),
reported AS (
    SELECT 'sap' AS side, system, plant, order_no, operation_no, confirmation, reference, cancels, cancelled, yield_quantity, unit, changed_at, moving, problems, ambiguous
    FROM sap.confirmation
    UNION ALL
    SELECT 'mes', system, plant, order_no, operation_no, confirmation, reference, cancels, cancelled, yield_quantity, unit, changed_at, moving, problems, ambiguous
    FROM mes.confirmation
),
taken_back AS (
    SELECT side, system, plant, cancels AS confirmation, max(changed_at) AS changed_at, bool_or(moving) AS moving
    FROM reported
    WHERE cancels IS NOT NULL
    GROUP BY side, system, plant, cancels
),
-- SAP may hold one reference several times: posted, cancelled, posted again. It stands as long as one of them does.
stated AS (
    SELECT r.side,
           r.system,
           r.plant,
           r.order_no,
           coalesce(r.reference, r.confirmation) AS confirmation,
           bool_and(r.reference IS NOT NULL) AS referenced,
           min(r.operation_no) AS operation_no,
           min(r.confirmation) AS number,
           max(abs(r.yield_quantity)) AS yield_quantity,
           min(r.unit) AS unit,
           bool_and(coalesce(r.cancelled, false) OR t.confirmation IS NOT NULL) AS cancelled,
           max(CASE WHEN t.changed_at IS NULL THEN r.changed_at ELSE greatest(r.changed_at, t.changed_at) END) AS changed_at,
           bool_or(r.moving OR t.moving) AS moving,
           min(r.problems) AS problems,
           bool_or(r.ambiguous) AS ambiguous
    FROM reported r
    LEFT JOIN taken_back t ON t.side = r.side AND t.system = r.system AND t.plant = r.plant AND t.confirmation = r.confirmation
    LEFT JOIN left_out x ON x.system = r.system AND x.plant = r.plant AND x.order_no = r.order_no AND x.operation_no = r.operation_no
    WHERE r.cancels IS NULL
      AND (r.reference IS NOT NULL OR (r.side = 'sap' AND x.operation_no IS NULL AND (r.cancelled OR t.confirmation IS NOT NULL)))
    GROUP BY r.side, r.system, r.plant, r.order_no, coalesce(r.reference, r.confirmation)
),
compared AS (
    SELECT system, plant, order_no, confirmation
    FROM stated
    GROUP BY system, plant, order_no, confirmation
)
SELECT c.system,
       c.plant,
       c.order_no,
       c.confirmation,
       CASE WHEN s.changed_at IS NULL OR m.changed_at IS NULL THEN coalesce(s.changed_at, m.changed_at) ELSE greatest(s.changed_at, m.changed_at) END AS changed_at,
       CASE
           WHEN o.problems IS NOT NULL OR s.problems IS NOT NULL OR m.problems IS NOT NULL
               THEN concat('unreadable: ', coalesce(o.problems, s.problems, m.problems))
           WHEN o.ambiguous OR s.ambiguous OR m.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN o.untyped THEN 'unreadable: no order type'
           WHEN o.released_at < cut.complete_from THEN 'before history'
           WHEN NOT s.referenced THEN 'no external reference'
       END AS not_evaluated,
       o.material AS sap_material,
       s.number AS sap_confirmation,
       s.operation_no AS sap_operation_no,
       s.cancelled AS sap_cancelled,
       s.yield_quantity AS sap_yield,
       m.cancelled AS mes_cancelled,
       m.yield_quantity AS mes_yield,
       coalesce(m.unit, s.unit) AS unit,
       coalesce(s.moving, false) OR coalesce(m.moving, false) AS moving
FROM compared c
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
JOIN sap_order o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
LEFT JOIN stated s ON s.side = 'sap' AND s.system = c.system AND s.plant = c.plant AND s.order_no = c.order_no AND s.confirmation = c.confirmation
LEFT JOIN stated m ON m.side = 'mes' AND m.system = c.system AND m.plant = c.plant AND m.order_no = c.order_no AND m.confirmation = c.confirmation
