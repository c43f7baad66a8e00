/* ---
id: ORD-004
title: Order complete in the MES, not finally confirmed or not delivered in SAP
over: order
severity: high
owner: production-control
authority: mes
judges: state
compares: [work_order.completed_at]
material: sap_material
yields_to:
  - {rule: ORD-001, match: {order_no: order_no}}
  - {rule: ORD-014, match: {order_no: order_no}}
  - {rule: ORD-003, match: {order_no: order_no}}
  - {rule: ORD-009, match: {order_no: order_no}}
  - {rule: ORD-013, match: {order_no: order_no}}
messages:
  - {workflows: [order-status, confirmation], match: {order_no: order_no}}
  - {workflows: [goods-movement], match: {order_no: order_no, sap_material: material}}
rationale: An order that stays open in SAP keeps capacity and reservations, and its output is missing from stock.
false_positives: A delivery within the order's under-delivery tolerance, and ELIKZ, end the expectation of more receipts.
correction:
  text: Confirm the last operation finally and post the missing receipt.
  ways:
    - {action: sap.confirm-order, when: NOT sap_finally_confirmed}
    # Where less was made than planned and all of it is received, no more will come.
    - {action: sap.complete-delivery, when: NOT sap_delivery_completed AND mes_unit = unit AND mes_produced <= sap_received}
since: 1
--- */
SELECT system,
       plant,
       order_no,
       changed_at,
       not_evaluated,
       sap_material,
       sap_finally_confirmed,
       sap_delivery_completed,
       sap_received,
       mes_completed_at,
       mes_produced,
       mes_unit,
       -- What the final confirmation has to say: what was made beyond what is confirmed. Of NULL and zero the greater is zero: what is not known is asked for.
       CASE WHEN mes_unit = sap_unit AND mes_produced IS NOT NULL AND sap_yield IS NOT NULL THEN greatest(mes_produced - sap_yield, 0) END AS mes_unconfirmed,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       greatest(sap_planned - coalesce(sap_received, 0), 0) AS quantity,
       sap_unit AS unit,
       mes_moving OR sap_moving AS in_flight
FROM pairing.order
WHERE sap_knows
  AND coalesce(mes_complete, true)
  AND (not_evaluated IS NOT NULL
       OR NOT sap_finally_confirmed
       OR NOT (sap_delivery_completed
               OR coalesce(sap_received, 0) * 100 >= sap_planned * (100 - coalesce(sap_under_delivery_tolerance, 0))))
