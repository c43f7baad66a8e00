/* ---
id: STK-013
title: Held or rejected batch offered by the warehouse
over: warehouse_offer
severity: critical
owner: quality-assurance
authority: qms
judges: state
compares: [stock.stock_type]
yields_to:
  - {rule: STK-002, match: {material: material, batch: batch}}
  - {rule: STK-001, match: {material: material, batch: batch}}
  - {rule: STK-012, match: {material: material, batch: batch}}
rationale: The warehouse system decides what is picked. What it offers is picked, however SAP and the quality system call it.
false_positives: >-
  A warehouse that does not say what is available, and never picks from the bin because of where it is. Restricted use (stock type 08) is restricted enough where
  restricted_use_suffices says so. A hold on a part of the quantity or on a serial number is left out: the bin does not say which part lies in it.
correction:
  text: Block the stock in the warehouse system.
  action: wms.block-stock
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       bin,
       changed_at,
       not_evaluated,
       sap_rejected_lot,
       qms_rejection,
       qms_hold_id,
       qms_reason,
       qms_owner,
       qms_held_since,
       wms_storage_location,
       allocated AS wms_allocated,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       offered AS quantity,
       unit,
       moving AND allocated = 0 AS in_flight
FROM pairing.warehouse_offer
WHERE not_evaluated IS NOT NULL
   OR offered_as_kept > 0
   OR allocated > 0
