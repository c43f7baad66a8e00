/* ---
id: CON-011
title: Consumption posted in the wrong unit
over: consumption
severity: high
owner: interface-support
authority: mes
judges: quantity
compares: [movement.unit]
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  - {rule: CON-005, match: {order_no: order_no, component: component}, rows: {table: sap.movement, match: {batch: batch}}}
  - {rule: CON-006, match: {order_no: order_no, component: component, batch: batch}}
messages: []  # quantities that differ by a factor were both posted
rationale: Quantities that differ by exactly a unit's factor were never lost; the number travelled and its unit did not.
false_positives: A loss that happens to equal a conversion factor within a thousandth.
correction:
  text: Reverse the posting and post it again in the right unit.
  action: sap.repost-goods-issue
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
       c.unit_mistake AS sap_unit_mistake,
       c.mistaken_event AS sap_reference,
       c.mes_settled AS mes_quantity,
       c.mes_settled - c.sap_settled AS difference,
       abs(c.mes_settled - c.sap_settled) AS quantity,
       c.unit,
       greatest(c.sap_low, c.mes_low) <= least(c.sap_high, c.mes_high) + greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)) AS in_flight
FROM pairing.consumption c
JOIN params p ON p.system = c.system AND p.plant = c.plant
-- A key that cannot be judged might be any of the rules over this pairing: none of them may take an earlier finding for healed.
WHERE c.not_evaluated IS NOT NULL
   OR (c.sap_some
       AND c.mes_some
       AND c.unit_mistake IS NOT NULL
       AND abs(c.mes_settled - c.sap_settled) > greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)))
