/* ---
id: CON-006
title: Consumption taken back on one side only
over: consumption
severity: high
owner: production-control
authority: "-"
judges: quantity
compares: [movement.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  - {rule: CON-005, match: {order_no: order_no, component: component}, rows: {table: sap.movement, match: {batch: batch}}}
rationale: Both systems booked the same and one of them took some of it back; stock and trace differ by what came back, or did not.
false_positives: >-
  A return by hand that happens to equal what the other side booked too little. A posting that was cancelled and entered anew under its event is no reversal; done by
  hand and without the event's number it looks like one, where the quantity entered anew differs.
correction: Find out whether the material came back; then reverse it on the other side too (262), or enter it again where it was taken back wrongly.
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
       c.sap_taken_back,
       c.sap_rows,
       c.mes_settled AS mes_quantity,
       c.mes_taken_back,
       c.mes_rows,
       c.mes_settled - c.sap_settled AS difference,
       abs(c.mes_taken_back - c.sap_taken_back) AS quantity,
       c.unit,
       greatest(c.sap_low, c.mes_low) <= least(c.sap_high, c.mes_high) + greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)) AS in_flight
FROM pairing.consumption c
JOIN params p ON p.system = c.system AND p.plant = c.plant
-- A key that cannot be judged might be any of the rules over this pairing: none of them may take an earlier finding for healed.
WHERE c.not_evaluated IS NOT NULL
   OR (abs(c.mes_settled - c.sap_settled) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled))
       -- What was booked agrees, what was taken back of it does not.
       AND abs(c.mes_booked - c.sap_booked) <= greatest(p.abs_tol, p.rel_tol * abs(c.mes_booked))
       AND abs(c.mes_taken_back - c.sap_taken_back) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_booked)))
