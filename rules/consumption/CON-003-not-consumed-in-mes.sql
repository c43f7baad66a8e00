/* ---
id: CON-003
title: Issued in SAP, nothing consumed in the MES
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
  - {rule: CON-005, match: {order_no: order_no, component: component}, rows: {table: sap.movement, match: {batch: batch}}}
  - {rule: CON-006, match: {order_no: order_no, component: component, batch: batch}}
  - {rule: CON-011, match: {order_no: order_no, component: component, batch: batch}}
  - {rule: CON-004, match: {order_no: order_no, component: component, batch: sap_batch}}
rationale: SAP charges the order for material that was not used, or the MES lost an event and with it the trace.
false_positives: Material that the line takes without recording it (bulk) belongs out of the MES-relevant components.
correction:
  text: Return the quantity (262), after checking that it was not used.
  ways:
    - {action: sap.reverse-goods-issue, when: difference < 0}
    - {action: sap.post-goods-issue, when: difference > 0}
  checks:
    - Did the MES lose the event? Then the material was used, and the record of the MES is what has to be put right.
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
   OR (c.sap_some AND NOT c.mes_some AND abs(c.mes_settled - c.sap_settled) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)))
