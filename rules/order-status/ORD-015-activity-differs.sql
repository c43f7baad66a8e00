/* ---
id: ORD-015
title: Labour, machine or downtime of an operation differs between the MES and SAP
over: activity
severity: low
owner: production-control
authority: mes
judges: quantity
compares: [activity.quantity]
params:
  activities: [labour, machine, downtime]
  abs_tol: 1
  rel_tol: 0.02
yields_to:
  - {rule: ORD-013, match: {order_no: order_no, operation_no: sap_operation_no}}
  - {rule: ORD-011, match: {order_no: order_no, operation_no: operation_no}}
  - {rule: ORD-004, match: {order_no: order_no}}
rationale: Costs and rates of the product follow the time that is confirmed.
false_positives: Where SAP takes times from the routing and not from the MES, or keeps no downtime, the site takes those out of activities. Operations that SAP confirms by itself with a milestone are named by their control keys in control_keys_not_in_mes.
correction:
  text: Cancel the confirmation and confirm the MES's times.
  action: sap.correct-activity
since: 2
--- */
-- In minutes.
SELECT a.system,
       a.plant,
       a.order_no,
       a.operation_no,
       a.activity,
       a.changed_at,
       a.not_evaluated,
       a.sap_material,
       a.sap_settled AS sap_minutes,
       a.sap_rows,
       a.mes_settled AS mes_minutes,
       a.mes_rows,
       a.mes_settled - a.sap_settled AS difference,
       abs(a.mes_settled - a.sap_settled) AS quantity,
       'MIN' AS unit,
       greatest(a.sap_low, a.mes_low) <= least(a.sap_high, a.mes_high) + greatest(p.abs_tol, p.rel_tol * abs(a.mes_settled)) AS in_flight
FROM pairing.activity a
JOIN params p ON p.system = a.system AND p.plant = a.plant
WHERE (a.activity IS NULL OR list_contains(p.activities, a.activity))
  AND (a.not_evaluated IS NOT NULL OR abs(a.mes_settled - a.sap_settled) > greatest(p.abs_tol, p.rel_tol * abs(a.mes_settled)))
