/* ---
id: INT-004
title: One message applied more than once
over: applied_message
severity: high
owner: interface-support
authority: "-"
judges: state
yields_to:
  - {rule: CON-005, match: {sap_reference: reference}}
  - {rule: CON-005, match: {mes_reference: reference}}
  - {rule: CON-005, match: {qms_reference: reference}}
  - {rule: CON-005, match: {wms_reference: reference}}
rationale: A message that is delivered twice books twice. A receiver that does not recognise copies will do it again.
false_positives: >-
  Events that are equal to the letter, such as two identical withdrawals, are two messages with two references or times, and are not taken for copies where a log tells either. A log without
  digest, and of IDocs the control record has none, is compared by its reference and what else it tells: where it tells nothing else, nothing is found. A copy that the receiver recognised names
  the document of the first, or has to be logged as ignored. A log may name a document by its number alone: where several that were entered within half a year of the message have it, and only some
  of them are cancelled, nothing is judged.
correction: Look at what both have posted and cancel one of the documents, the last first; then find out why the copy was not recognised.
since: 4
--- */
SELECT system,
       plant,
       message_id,
       changed_at,
       not_evaluated,
       sap_times,
       sap_interface,
       sap_reference,
       sap_last_message_id,
       sap_document,
       sap_last_document,
       sap_last_at,
       mes_times,
       mes_interface,
       mes_reference,
       mes_last_message_id,
       mes_document,
       mes_last_document,
       mes_last_at,
       qms_times,
       qms_interface,
       qms_reference,
       qms_last_message_id,
       qms_document,
       qms_last_document,
       qms_last_at,
       wms_times,
       wms_interface,
       wms_reference,
       wms_last_message_id,
       wms_document,
       wms_last_document,
       wms_last_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.applied_message
WHERE not_evaluated IS NOT NULL OR times > 1
