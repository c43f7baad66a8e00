/* ---
id: STK-005
title: Batch status in SAP is not what quality decided
over: batch_status
severity: high
owner: quality-assurance
authority: qms
judges: state
compares: [batch.restricted]
yields_to:
  - {rule: STK-002, match: {material: material, batch: batch}}
  - {rule: STK-001, match: {material: material, batch: batch}}
  - {rule: STK-012, match: {material: material, batch: batch}}
rationale: The status decides whether the batch may be used for everything. Unrestricted, it goes where quality allowed it for some uses only; restricted, what is good lies idle.
false_positives: >-
  Where batch status management is switched off there is no status, and the rule has to be off. A rejected batch may be blocked instead, so nothing is asked of its
  status. An accepted batch may stay restricted while a hold on any part of it or a new inspection is open. Whether a conditional acceptance asks for a restriction is
  conditional_restricts.
correction:
  text: Set the batch status as quality decided; nothing is released but what quality has accepted.
  released_by: qms_decision
  ways:
    - {action: sap.restrict-batch, when: NOT sap_restricted}
    - {action: sap.unrestrict-batch, when: sap_restricted}
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       changed_at,
       coalesce(not_evaluated, stock_not_evaluated) AS not_evaluated,
       sap_restricted,
       sap_unrestricted,
       qms_restricted,
       qms_decision,
       qms_decided_by,
       qms_decided_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CASE WHEN NOT sap_restricted THEN sap_unrestricted END AS quantity,
       unit,
       moving AS in_flight
FROM pairing.batch_status
WHERE not_evaluated IS NOT NULL
   OR (qms_asks_restriction AND NOT sap_restricted)
   OR (NOT qms_asks_restriction AND sap_restricted AND NOT kept_back)
