/* ---
id: INT-001
title: Message in error, or waiting for too long
over: message
severity: high
owner: interface-support
authority: "-"
judges: state
rationale: What a message carries has happened in its sender and not in its receiver. Until it is applied every comparison of the two is off by it, and a second posting by hand would be one too many.
false_positives: >-
  A message that nobody needs any more stands in error until somebody closes it (status 68 of an IDoc). Interfaces that are none of production's business, such as invoices in the same
  client, are left out by `interfaces_left_out` of the pairing message_log, or the others named by `interfaces`. What is collected on purpose and sent once a day needs a service level of a day.
correction: >-
  Put the cause right and reprocess the message: an IDoc by BD87, an entry of a queue in its monitor. Where the shape does not fit (schema mismatch), the mapping or the sender has to be mended
  first. Never post by hand what a message still carries.
since: 4
--- */
SELECT system,
       plant,
       message_id,
       changed_at,
       not_evaluated,
       sap_interface,
       sap_status,
       sap_reason,
       sap_schema_mismatch,
       sap_since,
       mes_interface,
       mes_status,
       mes_reason,
       mes_schema_mismatch,
       mes_since,
       qms_interface,
       qms_status,
       qms_reason,
       qms_schema_mismatch,
       qms_since,
       wms_interface,
       wms_status,
       wms_reason,
       wms_schema_mismatch,
       wms_since,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       just_failed AS in_flight
FROM pairing.message
WHERE not_evaluated IS NOT NULL OR stuck
