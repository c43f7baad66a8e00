/* ---
id: GEN-002
title: Batch issued in SAP that is in no link of the MES
over: issued_batch
severity: medium
owner: quality-assurance
authority: mes
judges: existence
compares: [genealogy_link.input_batch]
yields_to:
  - {rule: CON-005, match: {order_no: order_no, input_material: component}, rows: {table: sap.movement, match: {input_batch: batch}}}
  - {rule: CON-006, match: {order_no: order_no, input_material: component, input_batch: batch}}
  - {rule: CON-011, match: {order_no: order_no, input_material: component, input_batch: batch}}
  - {rule: CON-004, match: {order_no: order_no, input_material: component, input_batch: sap_batch}}
  - {rule: CON-003, match: {order_no: order_no, input_material: component, input_batch: batch}}
  - {rule: CON-001, match: {order_no: order_no, input_material: component, input_batch: batch}}
rationale: SAP's trace leads a recall to products that the batch may not be in, or the record of the line has a hole that only SAP fills.
false_positives: >-
  A MES that links only what it weighs or scans. Material that was issued for the order and used up in setting up, cleaning or sampling.
correction:
  text: Check what was used; reverse the issue (262), or complete the record of the MES.
  action: sap.reverse-goods-issue
  fields: {material: input_material, batch: input_batch}
  checks:
    - Was the batch used after all? Then it is the record of the MES that is completed.
since: 1
--- */
SELECT system,
       plant,
       order_no,
       input_material,
       input_batch,
       changed_at,
       not_evaluated,
       sap_settled AS sap_quantity,
       sap_rows,
       mes_settled AS mes_quantity,
       mes_rows,
       mes_linked,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_settled AS quantity,
       unit,
       sap_low <= 0 AS in_flight
FROM pairing.issued_batch
WHERE not_evaluated IS NOT NULL
   OR (sap_settled > 0 AND NOT mes_linked)
