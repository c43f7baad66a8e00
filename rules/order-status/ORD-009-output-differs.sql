/* ---
id: ORD-009
title: Output of a batch differs between the MES and SAP's goods receipts
over: output
severity: high
owner: production-control
authority: mes
judges: quantity
compares: [movement.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  - {rule: ORD-002, match: {order_no: order_no}}
  - {rule: ORD-003, match: {order_no: order_no}}
  - {rule: CON-008, match: {order_no: order_no, material: material}}
rationale: What was made and is not received cannot be released or shipped; what was received and not made will be missed in the warehouse.
false_positives: Samples taken before the receipt, where the MES counts them as output.
correction:
  text: Post the missing receipt (101), or reverse the wrong one (102) and post it again.
  ways:
    - {action: sap.receive, when: difference > 0}
    - {action: sap.reverse-receipt, when: difference < 0}
since: 1
--- */
SELECT o.system,
       o.plant,
       o.order_no,
       o.material,
       o.batch,
       o.changed_at,
       o.not_evaluated,
       o.sap_settled AS sap_quantity,
       o.sap_rows,
       o.mes_settled AS mes_quantity,
       o.mes_rows,
       o.mes_settled - o.sap_settled AS difference,
       abs(o.mes_settled - o.sap_settled) AS quantity,
       o.unit,
       greatest(o.sap_low, o.mes_low) <= least(o.sap_high, o.mes_high) + greatest(p.abs_tol, p.rel_tol * abs(o.mes_settled)) AS in_flight
FROM pairing.output o
JOIN params p ON p.system = o.system AND p.plant = o.plant
WHERE o.not_evaluated IS NOT NULL
   OR abs(o.mes_settled - o.sap_settled) > greatest(p.abs_tol, p.rel_tol * abs(o.mes_settled))
