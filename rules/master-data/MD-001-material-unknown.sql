/* ---
id: MD-001
title: Material is used and SAP does not know it, or has it flagged for deletion
over: used_material
severity: medium
owner: master-data
authority: sap
judges: state
compares: [material.material]
rationale: What is booked of a material that SAP does not have cannot be posted, and one that is flagged for deletion is about to be archived under a running order.
false_positives: Materials of local orders of the MES (tests, trials, cleaning) are left out. A material that is flagged for deletion may have been used lawfully before, so only open orders and lots without a decision count for it. A material that is not extended to the plant is told only where the extract has materials of plants.
correction: Add the material in SAP where it is right, and stop its use in the MES or the quality system where it is not.
since: 3
--- */
SELECT system,
       plant,
       side,
       material,
       changed_at,
       CASE WHEN sap_material_state IN ('known', 'flagged for deletion') THEN not_evaluated END AS not_evaluated,
       sap_material_state AS sap_state,
       CASE WHEN side = 'mes' THEN uses END AS mes_uses,
       CASE WHEN side = 'qms' THEN uses END AS qms_uses,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.used_material
WHERE sap_material_state IN ('unknown', 'not extended to the plant')
   OR (in_use AND (not_evaluated IS NOT NULL OR sap_material_state = 'flagged for deletion'))
