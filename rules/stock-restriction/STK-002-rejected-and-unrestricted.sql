/* ---
id: STK-002
title: Batch rejected, its stock unrestricted in SAP
over: batch_restriction
severity: critical
owner: quality-assurance
authority: qms
judges: state
compares: [stock.stock_type]
messages:
  # What would make stock usable puts no hold right.
  - {workflows: [usage-decision, stock-restriction], match: {material: material, batch: batch}, where: "coalesce(target_stock_type, '07') <> '01'"}
  - {workflows: [usage-decision], behind: sap.inspection_lot, match: {lot: lot}}
rationale: A rejected batch that SAP offers will be used by whoever needs it next.
false_positives: The newest decision counts; an earlier rejection that was superseded does not. Restricted use is restricted enough where restricted_use_suffices says so.
correction:
  text: Move the stock to blocked (344), in the warehouse system where one manages it, and enter the usage decision.
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
       coalesce(not_evaluated, decision_not_evaluated) AS not_evaluated,
       sap_unrestricted,
       sap_restricted,
       sap_place,
       sap_lot,
       sap_decision,
       qms_decision,
       qms_decided_by,
       qms_decided_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_available AS quantity,
       unit,
       sap_available_settled <= 0
       OR NOT coalesce((qms_decision = 'rejected' AND NOT qms_decision_moving) OR (sap_decision = 'rejected' AND NOT sap_decision_moving), false) AS in_flight
FROM pairing.batch_restriction
WHERE (qms_decision = 'rejected' OR sap_decision = 'rejected' OR decision_not_evaluated IS NOT NULL)
  AND (not_evaluated IS NOT NULL OR sap_available > 0)
