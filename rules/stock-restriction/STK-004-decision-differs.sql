/* ---
id: STK-004
title: SAP and quality decided differently on a lot
over: lot_decision
severity: high
owner: quality-assurance
authority: qms
judges: state
compares: [inspection_lot.decision]
material: sap_material
rationale: SAP acts on its own usage decision. What quality rejected and SAP accepted is sold; what quality accepted and SAP never heard of lies in inspection.
false_positives: >-
  Accepted under conditions counts as accepted, since SAP's valuation knows only two. A lot that is skipped asks for no decision by quality. A lot that one side alone knows, or
  that is cancelled on either, is left out. Where SAP decides first and the quality system follows by hand, the settle time of the workflow has to allow for it.
correction:
  text: Enter quality's decision for a lot that has none. An entered decision is not turned round by its code; quality decides what has to happen to its stock.
  ways:
    - {action: sap.enter-usage-decision, when: sap_decision IS NULL}
since: 3
--- */
SELECT system,
       plant,
       lot,
       changed_at,
       not_evaluated,
       sap_material,
       sap_batch,
       sap_decision,
       sap_decided_at,
       sap_decided_by,
       qms_decision,
       qms_decided_at,
       qms_decided_by,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_quantity AS quantity,
       unit,
       moving AS in_flight
FROM pairing.lot_decision
WHERE NOT cancelled
  AND (not_evaluated IS NOT NULL
       OR (CASE WHEN qms_decision = 'conditional' THEN 'accepted' ELSE qms_decision END IS DISTINCT FROM sap_decision
           AND NOT (qms_skipped AND qms_decision IS NULL)))
