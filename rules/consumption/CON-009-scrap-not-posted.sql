/* ---
id: CON-009
title: Scrap of the MES that SAP did not post
over: scrap_and_by_product
severity: medium
owner: production-control
authority: mes
judges: quantity
compares: [movement.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.005
rationale: Stock holds material that lies in the bin, and the loss is in nobody's cost.
false_positives: >-
  Scrap that SAP posts to a cost centre by hand, without order or event: it cannot be told which it is. Scrap that is part of a confirmation and no movement (ORD-008).
correction:
  text: Post the scrap (551) with its batch and reason.
  action: sap.post-scrap
since: 1
--- */
SELECT s.system,
       s.plant,
       s.order_no,
       s.material,
       s.scrap_changed_at AS changed_at,
       s.scrap_not_evaluated AS not_evaluated,
       s.sap_scrap AS sap_quantity,
       s.sap_scrap_rows AS sap_rows,
       s.mes_scrap AS mes_quantity,
       s.mes_scrap_rows AS mes_rows,
       s.mes_scrap - s.sap_scrap AS difference,
       s.mes_scrap - s.sap_scrap AS quantity,
       s.unit,
       s.mes_scrap_low <= s.sap_scrap_high + greatest(p.abs_tol, p.rel_tol * abs(s.mes_scrap)) AS in_flight
FROM pairing.scrap_and_by_product s
JOIN params p ON p.system = s.system AND p.plant = s.plant
WHERE s.scrap_not_evaluated IS NOT NULL
   OR s.mes_scrap - s.sap_scrap > greatest(p.abs_tol, p.rel_tol * abs(s.mes_scrap))
