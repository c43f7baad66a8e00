/* ---
id: INT-002
title: Goods movement of a confirmation failed and is still open
over: backflush
severity: high
owner: production-control
authority: sap
judges: state
compares: [message.status]
material: sap_material
rationale: The confirmation stands and its goods movement does not. Stock, cost and genealogy of the order lack it until the record is repaired, and every correction that is posted beside it books it twice.
false_positives: >-
  A record that nobody needs, because the movement was posted by hand since, has to be deleted in COGI, not repaired. Movements that SAP posts on purpose later (CO1P) count only once they
  have waited beyond the service level of COGI.
correction:
  text: Repair the record in COGI; a movement without an error waits for its job (CO1P). Never post it beside the record.
  because: the confirmation was accepted by SAP, and the record is what is left of its goods movement
  action: sap.repair-backflush
  fields:
    order_no: sap_order_no
    movement_type: sap_movement_type
    quantity: sap_quantity
    unit: sap_unit
    batch: sap_batch
    reason: sap_reason
since: 4
--- */
SELECT system,
       plant,
       record,
       changed_at,
       not_evaluated,
       status AS sap_status,
       reason AS sap_reason,
       since AS sap_since,
       order_no AS sap_order_no,
       confirmation AS sap_confirmation,
       material AS sap_material,
       batch AS sap_batch,
       storage_location AS sap_storage_location,
       movement_type AS sap_movement_type,
       entry_quantity AS sap_quantity,
       entry_unit AS sap_unit,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       failed AND moving AS in_flight
FROM pairing.backflush
WHERE not_evaluated IS NOT NULL OR failed OR overdue
