/* ---
id: STK-020
title: Dates of a batch differ between SAP, quality and the MES
over: batch_dates
severity: high
owner: quality-assurance
authority: site
judges: state
compares:
  batch.expires_on: (qms_differs AND sap_expires_on IS DISTINCT FROM qms_expires_on) OR (mes_differs AND sap_expires_on IS DISTINCT FROM mes_expires_on)
  batch.retest_on: (qms_differs AND sap_retest_on IS DISTINCT FROM qms_retest_on) OR (mes_differs AND sap_retest_on <> mes_retest_on)
  batch.produced_on: (qms_differs AND sap_produced_on IS DISTINCT FROM qms_produced_on) OR (mes_differs AND sap_produced_on IS DISTINCT FROM mes_produced_on)
params:
  qms_fields: [expiry, retest, manufacture]
  mes_fields: [expiry, manufacture]
  manufacture_tolerance_days: 0
rationale: One of the systems calls the batch good on a day on which the others call it expired, and each picks by its own.
false_positives: >-
  A date that a system does not keep has to be taken out of qms_fields or mes_fields, or every batch differs in it. A night shift may belong to the day before for the MES, and to
  the day of the receipt for SAP: manufacture_tolerance_days. Batches that SAP does not know, or has marked for deletion, are left out.
correction:
  text: Look up the right date in the certificate or the batch record, and correct it where it is wrong; a longer life needs quality's signature.
  # What is believed is never corrected. SAP is where it differs from both; else the one that differs from the other two, unless it is the one that is believed.
  ways:
    - {action: sap.correct-batch-dates, when: qms_differs AND mes_differs}
    - {action: mes.correct-record, when: "mes_differs AND NOT coalesce(qms_differs, false)"}
    - {action: qms.correct-record, when: "qms_differs AND NOT coalesce(mes_differs, false)"}
    - {action: sap.correct-batch-dates}
    - {action: qms.correct-record}
since: 3
--- */
WITH compared AS (
    SELECT d.*,
           d.in_qms
           AND ((list_contains(p.qms_fields, 'expiry') AND d.sap_expires_on IS DISTINCT FROM d.qms_expires_on)
                OR (list_contains(p.qms_fields, 'retest') AND d.sap_retest_on IS DISTINCT FROM d.qms_retest_on)
                OR (list_contains(p.qms_fields, 'manufacture')
                    AND ((d.sap_produced_on IS NULL) <> (d.qms_produced_on IS NULL)
                         OR d.qms_produced_on < d.sap_produced_on - p.manufacture_tolerance_days * INTERVAL '1' DAY
                         OR d.qms_produced_on > d.sap_produced_on + p.manufacture_tolerance_days * INTERVAL '1' DAY))) AS qms_differs,
           d.in_mes
           AND ((list_contains(p.mes_fields, 'expiry') AND d.sap_expires_on IS DISTINCT FROM d.mes_expires_on)
                OR (list_contains(p.mes_fields, 'retest') AND d.sap_retest_on IS DISTINCT FROM d.mes_retest_on)
                OR (list_contains(p.mes_fields, 'manufacture')
                    AND ((d.sap_produced_on IS NULL) <> (d.mes_produced_on IS NULL)
                         OR d.mes_produced_on < d.sap_produced_on - p.manufacture_tolerance_days * INTERVAL '1' DAY
                         OR d.mes_produced_on > d.sap_produced_on + p.manufacture_tolerance_days * INTERVAL '1' DAY))) AS mes_differs
    FROM pairing.batch_dates d
    JOIN params p ON p.system = d.system AND p.plant = d.plant
)
SELECT system,
       plant,
       material,
       batch,
       changed_at,
       not_evaluated,
       sap_expires_on,
       sap_retest_on,
       sap_produced_on,
       qms_differs,
       qms_expires_on,
       qms_retest_on,
       qms_produced_on,
       mes_differs,
       mes_expires_on,
       mes_retest_on,
       mes_produced_on,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       sap_moving OR NOT coalesce((qms_differs AND NOT qms_moving) OR (mes_differs AND NOT mes_moving), false) AS in_flight
FROM compared
WHERE not_evaluated IS NOT NULL OR qms_differs OR mes_differs
