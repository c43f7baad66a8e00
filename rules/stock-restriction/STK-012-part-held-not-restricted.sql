/* ---
id: STK-012
title: A part of the batch is on hold, and less than that is restricted in SAP
over: partial_hold
severity: high
owner: quality-assurance
authority: qms
judges: state
compares: [stock.stock_type]
params:
  abs_tol: 0.001
yields_to:
  - {rule: STK-002, match: {material: material, batch: batch}}
  - {rule: STK-001, match: {material: material, batch: batch}}
messages:
  # What would make stock usable puts no hold right.
  - {workflows: [quality-hold, stock-restriction], match: {material: material, batch: batch}, where: "coalesce(target_stock_type, '07') <> '01'"}
  - {workflows: [quality-hold], behind: qms.hold, match: {hold_id: hold_id}}
rationale: What is held and not restricted can be picked; nobody who looks at SAP sees which part of the batch it is.
false_positives: >-
  Holds on several quantities of one batch add up, even where they mean the same goods. What lies restricted at a held storage location answers no hold on a part elsewhere. Stock in
  inspection, blocked or returned is restricted enough, and so is restricted use where restricted_use_suffices says so. What of the held part is used up or gone is not missed.
correction:
  text: Block what of the held part is still unrestricted (344); where an inspection lot manages it, through the lot; where a warehouse system manages it, there.
  ways:
    - {action: sap.block-held-part}
    - {action: sap.block-through-lot}
    - {action: wms.block-held-part}
since: 3
--- */
SELECT h.system,
       h.plant,
       h.material,
       h.batch,
       h.changed_at,
       h.not_evaluated,
       h.sap_restricted,
       h.sap_available,
       h.sap_place,
       h.qms_hold_id,
       h.qms_scope,
       h.qms_reason,
       h.qms_owner,
       h.qms_holds,
       h.qms_quantity,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       h.missing AS quantity,
       h.unit,
       h.missing_settled <= p.abs_tol AS in_flight
FROM pairing.partial_hold h
JOIN params p ON p.system = h.system AND p.plant = h.plant
WHERE (h.not_evaluated IS NOT NULL AND h.stock_may_be_offered)
   OR h.missing > p.abs_tol
