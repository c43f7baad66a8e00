/* ---
pairing: activity
title: Activities of an operation
key: [order_no, operation_no, activity]
from: [sap.work_order, sap.operation, sap.activity, mes.activity]
workflow: confirmation
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
  control_keys_not_in_mes: []
evidence:
  - {table: sap.activity, match: {order_no: order_no, operation_no: operation_no, activity: activity}}
  - {table: mes.activity, match: {order_no: order_no, operation_no: operation_no, activity: activity}}
messages:
  - {match: {order_no: order_no, operation_no: operation_no}}
  - {behind: mes.activity, match: {reference: reference}}
--- */
-- Durations in minutes. An activity that was taken back is two rows, or one with a mark; neither of them counts.
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
-- Operations that the MES does not report: SAP confirms them by itself with a later milestone.
left_out AS (
    SELECT a.system, a.plant, a.order_no, a.operation_no
    FROM sap.operation a
    JOIN params p ON p.system = a.system AND p.plant = a.plant
    WHERE list_contains(p.control_keys_not_in_mes, a.control_key)
    GROUP BY a.system, a.plant, a.order_no, a.operation_no
),
recorded AS (
    SELECT 'sap' AS side, system, plant, order_no, operation_no, activity, quantity, unit, changed_at, moving, problems, ambiguous
    FROM sap.activity
    WHERE NOT coalesce(cancelled, false)
    UNION ALL
    SELECT 'mes', system, plant, order_no, operation_no, activity, quantity, unit, changed_at, moving, problems, ambiguous
    FROM mes.activity
    WHERE NOT coalesce(cancelled, false)
),
timed AS (
    SELECT side, system, plant, order_no, operation_no, activity, CAST(quantity AS DECIMAL(24, 6)) AS quantity, unit, changed_at, moving, problems, ambiguous,
           CASE WHEN unit = 'S' THEN 1 WHEN unit = 'MIN' THEN 60 WHEN unit = 'H' THEN 3600 END AS seconds
    FROM recorded
),
measured AS (
    SELECT side, system, plant, order_no, operation_no, activity, changed_at, moving,
           CASE WHEN abs(quantity * seconds) < 60000000000000 THEN CAST(quantity * seconds / 60 AS DECIMAL(18, 6)) END AS minutes,
           CASE
               WHEN problems IS NOT NULL THEN concat('unreadable: ', problems)
               WHEN ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN seconds IS NULL THEN concat('no conversion from ', coalesce(unit, 'no unit'), ' to minutes')
               WHEN abs(quantity * seconds) >= 60000000000000 THEN concat('unreadable: ', quantity, ' ', unit, ' is more than a quantity can be')
           END AS not_evaluated
    FROM timed
),
compared AS (
    SELECT system,
           plant,
           order_no,
           operation_no,
           activity,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           coalesce(sum(minutes) FILTER (WHERE side = 'sap' AND NOT moving), 0) AS sap_settled,
           coalesce(sum(minutes) FILTER (WHERE side = 'sap' AND moving AND minutes < 0), 0) AS sap_leaving,
           coalesce(sum(minutes) FILTER (WHERE side = 'sap' AND moving AND minutes > 0), 0) AS sap_coming,
           coalesce(sum(minutes) FILTER (WHERE side = 'mes' AND NOT moving), 0) AS mes_settled,
           coalesce(sum(minutes) FILTER (WHERE side = 'mes' AND moving AND minutes < 0), 0) AS mes_leaving,
           coalesce(sum(minutes) FILTER (WHERE side = 'mes' AND moving AND minutes > 0), 0) AS mes_coming
    FROM measured
    GROUP BY system, plant, order_no, operation_no, activity
)
SELECT c.system,
       c.plant,
       c.order_no,
       c.operation_no,
       c.activity,
       c.changed_at,
       CASE
           WHEN o.problems IS NOT NULL THEN concat('unreadable: ', o.problems)
           WHEN o.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN o.untyped THEN 'unreadable: no order type'
           WHEN o.released_at < cut.complete_from THEN 'before history'
           ELSE c.not_evaluated
       END AS not_evaluated,
       o.material AS sap_material,
       c.sap_rows,
       c.mes_rows,
       c.sap_settled,
       c.sap_settled + c.sap_leaving AS sap_low,
       c.sap_settled + c.sap_coming AS sap_high,
       c.mes_settled,
       c.mes_settled + c.mes_leaving AS mes_low,
       c.mes_settled + c.mes_coming AS mes_high
FROM compared c
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
JOIN sap_order o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
LEFT JOIN left_out x ON x.system = c.system AND x.plant = c.plant AND x.order_no = c.order_no AND x.operation_no = c.operation_no
WHERE x.operation_no IS NULL
