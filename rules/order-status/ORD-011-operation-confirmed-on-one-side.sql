/* ---
id: ORD-011
title: Operation confirmed on one side only, or out of sequence
over: operation
severity: medium
owner: production-control
authority: mes
judges: state
compares: [operation.finally_confirmed]
material: sap_material
yields_to:
  - {rule: ORD-013, match: {order_no: order_no, operation_no: sap_operation_no}}
  - {rule: ORD-001, match: {order_no: order_no}}
  - {rule: ORD-003, match: {order_no: order_no}}
  - {rule: ORD-014, match: {order_no: order_no}}
  - {rule: ORD-004, match: {order_no: order_no}}
rationale: Capacity, costs and backflushed components follow the confirmation of each operation, and the next work centre is told by it that it may begin.
false_positives: Operations that only the MES has, that SAP does not let confirm, or whose control key the site says is not the MES's are left out. In a sequence, rework and deleted operations are not waited for; a milestone's confirmation confirms those before it.
correction:
  text: Confirm the operation in SAP, or cancel its confirmation there; out of sequence, confirm the one that was passed over.
  ways:
    # Nobody says what the operation that was passed over made.
    - {action: sap.confirm-operation, when: sap_passed_over IS NOT NULL, fields: {operation_no: sap_passed_over}}
    - {action: sap.confirm-operation, when: mes_confirmed AND sap_passed_over IS NULL, fields: {yield: mes_unconfirmed}}
    - {action: sap.cancel-confirmation, when: NOT mes_confirmed AND sap_passed_over IS NULL}
since: 2
--- */
SELECT system,
       plant,
       order_no,
       operation_no,
       changed_at,
       not_evaluated,
       sap_material,
       sap_resource,
       sap_confirmed,
       sap_partially_confirmed,
       sap_yield,
       CASE WHEN out_of_sequence THEN sap_first_open END AS sap_passed_over,
       mes_confirmed,
       mes_completed_at,
       mes_yield,
       -- What the confirmation has to say: what was made beyond what is confirmed already.
       CASE WHEN coalesce(sap_unit, mes_unit) = mes_unit AND mes_yield >= coalesce(sap_yield, 0) THEN mes_yield - coalesce(sap_yield, 0) END AS mes_unconfirmed,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CASE WHEN NOT mes_confirmed THEN sap_yield WHEN coalesce(sap_unit, mes_unit) = mes_unit THEN mes_yield END AS quantity,
       unit,
       moving AS in_flight
FROM pairing.operation
WHERE not_evaluated IS NOT NULL
   OR sap_confirmed <> mes_confirmed
   OR out_of_sequence
