/* ---
id: STK-008
title: Stock at the line differs between SAP and the MES
over: line_stock
severity: medium
owner: production-control
authority: mes
judges: state
compares: [stock.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  # What was posted to an order wrongly is missing at the line, or lies there in the books alone.
  - {rule: ORD-009, match: {material: material, batch: batch}}
  - {rule: CON-005, match: {material: component}, rows: {table: sap.movement, match: {batch: batch}}}
  - {rule: CON-006, match: {material: component, batch: batch}}
  - {rule: CON-011, match: {material: component, batch: batch}}
  - {rule: CON-003, match: {material: component, batch: batch}}
  - {rule: CON-001, match: {material: component, batch: batch}}
rationale: The line stops for want of what SAP says is there, or uses what SAP does not have; the difference is found at the next count, when nobody knows any more where it comes from.
false_positives: >-
  Stock that the MES takes in when it is scanned and SAP when it is sent. A MES that books the remainder of an opened container as used. Consumption of which the MES does not say where
  it was taken from. What was used and not posted in SAP is netted first, and is CON-002's or CON-001's.
correction:
  text: Count what lies at the line; the count decides, neither SAP nor the MES.
  because: a count decides; until it is made, the MES, which sees what is taken from the line, is nearer to it than SAP
  action: sap.recount
since: 3
--- */
SELECT s.system,
       s.plant,
       s.material,
       s.batch,
       s.storage_location,
       s.changed_at,
       s.not_evaluated,
       s.sap_stock,
       s.sap_not_posted,
       s.mes_quantity,
       s.mes_quantity - s.sap_quantity AS difference,
       abs(s.mes_quantity - s.sap_quantity) AS quantity,
       s.unit,
       s.moving AS in_flight
FROM pairing.line_stock s
JOIN params p ON p.system = s.system AND p.plant = s.plant
WHERE s.not_evaluated IS NOT NULL
   OR abs(s.mes_quantity - s.sap_quantity) > greatest(p.abs_tol, p.rel_tol * abs(s.mes_quantity))
