/* ---
id: STK-001
title: Batch on hold, its stock unrestricted in SAP
over: batch_restriction
severity: critical
owner: quality-assurance
authority: qms
judges: state
compares: [stock.stock_type]
yields_to:
  - {rule: STK-002, match: {material: material, batch: batch}}
messages:
  # What would make stock usable puts no hold right.
  - {workflows: [quality-hold, stock-restriction], match: {material: material, batch: batch}, where: "coalesce(target_stock_type, '07') <> '01'"}
  - {workflows: [quality-hold], behind: qms.hold, match: {hold_id: hold_id}}
rationale: Stock that SAP offers can be picked, consumed and shipped, whatever the hold says.
false_positives: Holds on a part of the batch are left out; stock in inspection or blocked is restricted enough, and so is restricted use where restricted_use_suffices says so.
correction:
  text: Move the stock to blocked (344) or to inspection (322); where an inspection lot manages it, through the lot; where a warehouse system manages it, there.
  ways:
    - {action: sap.block-batch-stock}
    - {action: sap.block-through-lot}
    - {action: wms.block-stock}
since: 1
--- */
SELECT system,
       plant,
       material,
       batch,
       changed_at,
       coalesce(not_evaluated, hold_not_evaluated) AS not_evaluated,
       sap_unrestricted,
       sap_restricted,
       sap_in_inspection,
       sap_place,
       qms_hold_id,
       qms_reason,
       qms_owner,
       qms_opened_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_available AS quantity,
       unit,
       qms_hold_moving OR sap_available_settled <= 0 AS in_flight
FROM pairing.batch_restriction
WHERE qms_hold_id IS NOT NULL
  AND (not_evaluated IS NOT NULL OR sap_available > 0)
