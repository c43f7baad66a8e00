/* ---
id: STK-017
title: Made of a held or rejected batch, its stock unrestricted, never assessed
over: descendant
severity: critical
owner: quality-assurance
authority: qms
judges: state
compares: [stock.stock_type]
yields_to:
  # It is held or rejected itself.
  - {rule: STK-002, match: {material: material, batch: batch}}
  - {rule: STK-001, match: {material: material, batch: batch}}
rationale: >-
  What is wrong with a batch is in everything that was made of it, however long before the hold and however many steps on; a hold that stops at the batch lets it ship.
false_positives: >-
  A hold for what does not pass on, such as a damaged pallet or a missing label. An assessment that quality wrote down elsewhere: only a disposition of the kind assessment,
  decided after the hold or the rejection began, counts. Holds on a part of the ancestor are left out. What was made before the history begins is not known.
correction:
  text: Have quality assess the batch against the hold, and restrict its stock until that is done.
  action: qms.assess-batch
since: 1
--- */
SELECT system,
       plant,
       material,
       batch,
       ancestor_material,
       ancestor_batch,
       changed_at,
       coalesce(stock_not_evaluated, not_evaluated) AS not_evaluated,
       sap_unrestricted,
       sap_place,
       depth AS sap_steps,
       ancestor_hold_id AS qms_hold_id,
       ancestor_reason AS qms_reason,
       ancestor_decision AS qms_decision,
       ancestor_since AS qms_since,
       assessed_at AS qms_assessed_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_available AS quantity,
       unit,
       ancestor_moving OR link_moving OR sap_available_settled <= 0 AS in_flight
FROM pairing.descendant
WHERE stock_not_evaluated IS NOT NULL
   OR (sap_available > 0 AND (not_evaluated IS NOT NULL OR NOT assessed))
