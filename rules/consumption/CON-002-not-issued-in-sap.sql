/* ---
id: CON-002
title: Consumed in the MES, nothing issued in SAP
over: consumption
severity: high
owner: production-control
authority: mes
judges: quantity
compares: [movement.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  # Nothing can be issued to an order that SAP does not know, or has not released.
  - {rule: ORD-002, match: {order_no: order_no}}
  - {rule: ORD-003, match: {order_no: order_no}}
  - {rule: CON-005, match: {order_no: order_no, component: component}, rows: {table: sap.movement, match: {batch: batch}}}
  - {rule: CON-006, match: {order_no: order_no, component: component, batch: batch}}
  - {rule: CON-011, match: {order_no: order_no, component: component, batch: batch}}
  - {rule: CON-004, match: {order_no: order_no, component: component, batch: mes_batch}}
rationale: The component is gone and SAP still offers it; the batch is missing from SAP's trace of the order.
false_positives: A component that SAP posts at a later milestone by backflush appears here until then.
correction:
  text: Issue the quantity to the order with its batch (261).
  ways:
    - {action: sap.post-goods-issue, when: difference > 0}
    - {action: sap.reverse-goods-issue, when: difference < 0}
since: 1
--- */
SELECT c.system,
       c.plant,
       c.order_no,
       c.component,
       c.batch,
       c.changed_at,
       c.not_evaluated,
       c.sap_settled AS sap_quantity,
       c.sap_rows,
       c.mes_settled AS mes_quantity,
       c.mes_rows,
       c.mes_settled - c.sap_settled AS difference,
       abs(c.mes_settled - c.sap_settled) AS quantity,
       c.unit,
       greatest(c.sap_low, c.mes_low) <= least(c.sap_high, c.mes_high) + greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)) AS in_flight
FROM pairing.consumption c
JOIN params p ON p.system = c.system AND p.plant = c.plant
-- A key that cannot be judged might be any of the rules over this pairing: none of them may take an earlier finding for healed.
WHERE c.not_evaluated IS NOT NULL
   OR (c.mes_some AND NOT c.sap_some AND abs(c.mes_settled - c.sap_settled) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)))
