/* ---
id: STK-010
title: Lot decided and its stock not posted, or posted and not decided
over: lot_posting
severity: high
owner: quality-assurance
authority: qms
judges: state
compares: [inspection_lot.stock_posting_completed]
material: sap_material
yields_to:
  - {rule: STK-002, match: {sap_material: material, sap_batch: batch}}
  - {rule: STK-001, match: {sap_material: material, sap_batch: batch}}
  - {rule: STK-012, match: {sap_material: material, sap_batch: batch}}
rationale: The decision and the posting of the stock are two steps in SAP. Decided and not posted, good stock lies idle and rejected stock is not blocked; posted and not decided, stock is used that nobody released.
false_positives: >-
  A lot that manages no stock asks for no posting (no status SPRQ, nothing to post). Samples and stock moved to blocked may go before the decision. The stock of an accepted lot
  stays in inspection rightly while a hold on the batch is open.
correction:
  text: Post the stock of the lot as decided; where it was posted without a decision, quality decides and the decision is entered.
  ways:
    - {action: sap.complete-lot-posting, when: sap_decision IS NOT NULL}
    - {action: sap.enter-usage-decision, when: sap_decision IS NULL, fields: {decision: {rows: qms.disposition, column: decision, take: newest}}}
  checks:
    - Is the batch on hold anywhere, or a deviation open? Then its stock is not posted to unrestricted.
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
       sap_stock_posting_completed,
       sap_posted,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CASE
           WHEN sap_decision IS NOT NULL THEN coalesce(nullif(sap_quantity_to_post, 0), sap_quantity)
           WHEN sap_posted > 0 THEN sap_posted
           ELSE sap_quantity
       END AS quantity,
       unit,
       moving AS in_flight
FROM pairing.lot_posting
WHERE not_evaluated IS NOT NULL
   OR (NOT sap_cancelled
       AND ((sap_decision IS NOT NULL
             AND NOT sap_stock_posting_completed
             AND (sap_stock_posting_required OR sap_quantity_to_post > 0)
             AND (sap_decision = 'rejected' OR qms_hold_id IS NULL))
            OR (sap_decision IS NULL
                AND (sap_posted > 0 OR (sap_stock_posting_completed AND coalesce(sap_sampled < sap_quantity, true))))))
