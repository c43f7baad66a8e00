/* ---
id: CON-005
title: One consumption event posted more than once in SAP
over: consumption_event
severity: high
owner: interface-support
authority: mes
judges: quantity
compares: [movement.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.005
rationale: A message that was delivered twice books the same material twice; every later count is short by it.
false_positives: A quantity split over batches repeats its reference lawfully, and a second posting taken back by hand counts as corrected.
correction:
  text: Cancel the second material document.
  action: sap.cancel-document
  fields: {excess: quantity}
since: 1
--- */
SELECT e.system,
       e.plant,
       e.order_no,
       e.component,
       e.reference,
       e.changed_at,
       e.not_evaluated,
       e.sap_settled AS sap_quantity,
       e.sap_rows,
       e.sap_batch,
       e.mes_settled AS mes_quantity,
       e.mes_rows,
       e.mes_settled - e.sap_settled AS difference,
       abs(e.mes_settled - e.sap_settled) AS quantity,
       e.unit,
       greatest(e.sap_low, e.mes_low) <= least(e.sap_high, e.mes_high) + greatest(p.abs_tol, p.rel_tol * abs(e.mes_settled)) AS in_flight
FROM pairing.consumption_event e
JOIN params p ON p.system = e.system AND p.plant = e.plant
WHERE e.not_evaluated IS NOT NULL
   OR (e.sap_postings > e.mes_rows
       AND abs(e.sap_settled) - abs(e.mes_settled) > greatest(p.abs_tol, p.rel_tol * abs(e.mes_settled))
       AND e.sap_excess + e.sap_taken_back > greatest(p.abs_tol, p.rel_tol * abs(e.mes_settled)))
