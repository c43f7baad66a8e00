/* ---
id: CON-010
title: Consumption posted in another period than it happened in
over: consumption_period
severity: low
owner: finance
authority: "-"
judges: quantity
compares: [movement.posting_date]
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  - {rule: CON-005, match: {order_no: order_no, component: component}}
rationale: The quantity is right and the month is not; cost and stock of both periods are wrong by it.
false_positives: >-
  Sites that post a shift which runs past the end of the period into the next one on purpose. A MES without a production day gives the day it assigns the posting to.
correction: Finance decides whether it is worth a correction; nothing is dated back by itself.
since: 1
--- */
SELECT c.system,
       c.plant,
       c.order_no,
       c.component,
       c.changed_at,
       c.not_evaluated,
       c.sap_settled AS sap_quantity,
       c.sap_period,
       c.sap_rows,
       c.mes_settled AS mes_quantity,
       c.mes_period,
       c.mes_rows,
       c.mes_settled - c.sap_settled AS difference,
       c.displaced AS quantity,
       c.unit,
       c.apart <= greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)) AS in_flight
FROM pairing.consumption_period c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.not_evaluated IS NOT NULL
   -- Where the quantities differ too, that is what is wrong.
   OR (abs(c.mes_settled - c.sap_settled) <= greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled))
       AND c.displaced > greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)))
