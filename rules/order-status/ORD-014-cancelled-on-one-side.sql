/* ---
id: ORD-014
title: Order cancelled in the MES or in SAP alone
over: order
severity: medium
owner: production-control
authority: sap
judges: state
compares: [work_order.cancelled]
material: sap_material
messages:
  - {workflows: [order-status, order-release], match: {order_no: order_no}}
rationale: One side goes on planning or making what the other has given up.
false_positives: A deletion flag after TECO or CLSD is archiving, and an order that the MES cancelled and SAP completed technically or closed has ended on both sides.
correction:
  text: Cancel the order on the other side; where the MES has already started, a person decides.
  ways:
    - {action: mes.cancel-order, when: sap_cancelled}
since: 2
--- */
SELECT system,
       plant,
       order_no,
       changed_at,
       not_evaluated,
       sap_material,
       sap_cancelled,
       sap_technically_complete,
       sap_closed,
       sap_received,
       mes_cancelled,
       mes_complete,
       mes_cancelled_at,
       mes_produced,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_planned AS quantity,
       sap_unit AS unit,
       sap_moving OR mes_moving AS in_flight
FROM pairing.order
WHERE sap_knows
  AND mes_has_order
  AND (unclear
       OR (NOT sap_technically_complete AND NOT sap_closed AND sap_cancelled <> mes_cancelled))
