/* ---
id: STK-019
title: Batch left for a customer before it was accepted
over: issued_batch_decision
severity: critical
owner: quality-assurance
authority: qms
judges: state
compares: [inspection_lot.decision]
yields_to:
  # Held or rejected when it left: that is the worse fault of the same delivery.
  - {rule: STK-007, match: {material: material, batch: batch, delivery: delivery}}
rationale: The customer has goods that nobody had released when they left, whatever was decided later.
false_positives: >-
  SAP and a laboratory keep only the last decision on a lot; one that was entered anew after the goods left looks as if it had been the first. Only batches with a lot of
  release_inspection_types in either system are looked at. A batch that was rejected when it left is a finding of its own. Where only the day of the goods issue is known, a
  decision of that day counts as made before.
correction:
  text: Have quality decide whether the delivery has to be recalled; find out how it could leave.
  action: qms.assess-delivery
  fields: {issued_at: sap_goods_issue_at}
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       delivery,
       changed_at,
       not_evaluated,
       sap_customer,
       sap_goods_issue_at,
       sap_lot,
       sap_accepted_at,
       qms_accepted_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       moving AS in_flight
FROM pairing.issued_batch_decision
WHERE decision_due
  AND NOT accepted
  AND NOT rejected
