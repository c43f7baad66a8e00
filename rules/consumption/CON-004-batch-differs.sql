/* ---
id: CON-004
title: SAP issued another batch than the MES consumed
over: component_consumption
severity: high
owner: production-control
authority: mes
judges: quantity
compares: [movement.batch]
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  - {rule: CON-005, match: {order_no: order_no, component: component}, rows: {table: sap.movement, match: {sap_batch: batch}}}
  - {rule: CON-006, match: {order_no: order_no, component: component, sap_batch: batch}}
  - {rule: CON-006, match: {order_no: order_no, component: component, mes_batch: batch}}
  - {rule: CON-011, match: {order_no: order_no, component: component, sap_batch: batch}}
  - {rule: CON-011, match: {order_no: order_no, component: component, mes_batch: batch}}
rationale: The wrong batch is gone from stock and the right one still offered; a recall of either finds the wrong orders.
false_positives: >-
  A MES that names the container or the delivery instead of SAP's batch. A dose that never reached SAP, and another one of the same component that never reached the MES, of
  different batches: what was booked is then the same as for a batch that was mistaken.
correction:
  text: Check physically which batch was used; with a deviation reference, return the wrong one (262) and issue the right one (261).
  action: sap.swap-batch
  fields: {material: component, batch: sap_batch, right_batch: mes_batch}
since: 1
--- */
SELECT c.system,
       c.plant,
       c.order_no,
       c.component,
       c.changed_at,
       c.not_evaluated,
       c.sap_settled AS sap_quantity,
       c.sap_batch,
       c.sap_rows,
       c.mes_settled AS mes_quantity,
       c.mes_batch,
       c.mes_rows,
       c.mes_settled - c.sap_settled AS difference,
       least(c.sap_more, c.mes_more) AS quantity,
       c.unit,
       NOT (c.sap_firm_more > 0
            AND c.mes_firm_more > 0
            AND ((c.sap_firm_alone > 0 AND c.mes_firm_alone > 0)
                 OR (c.sap_firm_alone + c.mes_firm_alone > 0 AND abs(c.mes_settled - c.sap_settled) <= greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)))))
           AS in_flight
FROM pairing.component_consumption c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.not_evaluated IS NOT NULL
   OR (c.sap_more > 0
       AND c.mes_more > 0
       -- Each has a batch that the other never named, or one has and the sums agree all the same.
       AND ((c.sap_alone > 0 AND c.mes_alone > 0)
            OR (c.sap_alone + c.mes_alone > 0 AND abs(c.mes_settled - c.sap_settled) <= greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)))))
