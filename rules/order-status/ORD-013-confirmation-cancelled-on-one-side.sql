/* ---
id: ORD-013
title: Confirmation cancelled on one side only
over: confirmation
severity: medium
owner: production-control
authority: "-"
judges: state
compares: [confirmation.cancelled]
material: sap_material
yields_to:
  - {rule: ORD-014, match: {order_no: order_no}}
rationale: Time, quantity and backflushed components of a confirmation that one side has taken back stand on the other.
false_positives: A confirmation that was cancelled in SAP and posted again under the same reference stands. One cancelled and entered again by hand has no reference and cannot be told from a cancellation by mistake. Operations that SAP confirms by itself with a milestone are named by their control keys in control_keys_not_in_mes.
correction: Cancel the confirmation on the other side, or enter it again where it was cancelled by mistake; a person decides.
since: 2
--- */
SELECT system,
       plant,
       order_no,
       confirmation,
       changed_at,
       not_evaluated,
       sap_material,
       sap_confirmation,
       sap_operation_no,
       sap_cancelled,
       sap_yield,
       mes_cancelled,
       mes_yield,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       coalesce(mes_yield, sap_yield) AS quantity,
       unit,
       moving AS in_flight
FROM pairing.confirmation
WHERE not_evaluated IS NOT NULL
   OR sap_cancelled <> mes_cancelled
