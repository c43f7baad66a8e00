/* ---
id: INT-003
title: Dead letter
over: dead_letter
severity: high
owner: interface-support
authority: "-"
judges: existence
rationale: The middleware has given up. Nothing tries again by itself, and neither the sender nor the receiver shows an error.
false_positives: >-
  A queue of dead letters may keep what was replayed: an export has to say so by its status (posted, sent or ignored). Interfaces that are none of production's business are left out by
  `interfaces_left_out` of the pairing message_log.
correction: >-
  Find out why it was given up, look whether its event has reached the receiver in another way (`applied_by` names a message of the same interface and reference that was applied), and replay it only
  if it has not. Otherwise discard it.
since: 4
--- */
SELECT system,
       plant,
       queue,
       message_id,
       changed_at,
       not_evaluated,
       sap_interface,
       sap_reason,
       sap_schema_mismatch,
       sap_since,
       sap_reference,
       sap_applied_by,
       mes_interface,
       mes_reason,
       mes_schema_mismatch,
       mes_since,
       mes_reference,
       mes_applied_by,
       qms_interface,
       qms_reason,
       qms_schema_mismatch,
       qms_since,
       qms_reference,
       qms_applied_by,
       wms_interface,
       wms_reason,
       wms_schema_mismatch,
       wms_since,
       wms_reference,
       wms_applied_by,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.dead_letter
WHERE open
