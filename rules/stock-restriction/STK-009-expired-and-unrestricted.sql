/* ---
id: STK-009
title: Batch expired, its stock unrestricted in SAP
over: batch_expiry
severity: high
owner: quality-assurance
authority: sap
judges: state
compares: [batch.expires_on]
rationale: Expired stock that SAP offers is picked and consumed like any other; the shelf life is checked where somebody switched the check on, and not everywhere.
false_positives: >-
  A retest date that has passed is no expiry and is left out. Whether the last day itself still counts is usable_on_expiry_day; restricted use is restricted enough where
  restricted_use_suffices says so. A batch whose longer life was approved and not yet entered appears here until it is.
correction:
  text: Move the stock to blocked (344), in the warehouse system where one manages it, or have quality extend its life.
  because: the shelf life is SAP's own record, and so is the stock
  ways:
    - {action: sap.block-batch-stock}
    - {action: sap.block-through-lot}
    - {action: wms.block-stock}
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       changed_at,
       not_evaluated,
       sap_unrestricted,
       sap_place,
       sap_expires_on,
       sap_retest_on,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_available AS quantity,
       unit,
       sap_date_moving OR NOT lies_still AS in_flight
FROM pairing.batch_expiry
WHERE possibly_expired
  AND (stock_unclear OR sap_available > 0)
