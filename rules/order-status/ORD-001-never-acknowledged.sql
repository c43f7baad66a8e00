/* ---
id: ORD-001
title: Order released in SAP and never acknowledged by the MES
over: order
severity: high
owner: production-control
authority: sap
judges: existence
compares: [work_order.order_no]
material: sap_material
params:
  download_horizon_days: 7
messages:
  - {workflows: [order-release], match: {order_no: order_no}}
rationale: A released order that the MES does not know will not be built, and no interface reports a message that was never sent.
false_positives: Orders that start beyond the download horizon, order types that the MES does not execute, and orders already ended in SAP are left out.
correction:
  text: Send the order to the MES again.
  action: sap.resend-order
since: 1
--- */
SELECT o.system,
       o.plant,
       o.order_no,
       o.sap_released_at AS changed_at,
       o.not_evaluated,
       o.sap_order_type,
       o.sap_material,
       o.sap_planned,
       o.sap_scheduled_start,
       o.sap_released_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       o.sap_planned AS quantity,
       o.sap_unit AS unit,
       false AS in_flight
FROM pairing.order o
JOIN params p ON p.system = o.system AND p.plant = o.plant
WHERE o.sap_knows
  AND NOT o.sap_ended
  AND NOT o.mes_knows
  AND (o.not_evaluated IS NOT NULL
       OR (o.sap_released_at IS NOT NULL
           AND NOT o.sap_release_moving
           AND (o.sap_scheduled_start IS NULL OR o.sap_scheduled_start <= o.cut + p.download_horizon_days * INTERVAL '1' DAY)))
