/* ---
id: INT-005
title: Events of one object applied out of sequence
over: object_event
severity: medium
owner: interface-support
authority: "-"
judges: state
yields_to:
  - {rule: INT-001, match: {sap_earlier_id: message_id}}
  - {rule: INT-003, match: {sap_earlier_id: message_id}}
  - {rule: INT-001, match: {mes_earlier_id: message_id}}
  - {rule: INT-003, match: {mes_earlier_id: message_id}}
  - {rule: INT-001, match: {qms_earlier_id: message_id}}
  - {rule: INT-003, match: {qms_earlier_id: message_id}}
  - {rule: INT-001, match: {wms_earlier_id: message_id}}
  - {rule: INT-003, match: {wms_earlier_id: message_id}}
rationale: What is applied last wins. A start that arrives after the end reopens the order, and an older quantity replaces a newer one, without any message in error.
false_positives: >-
  Senders that number their messages over all objects, and receivers for which the order does not matter, such as pure additions of quantities: leave their interfaces out by
  `interfaces_left_out` of the pairing message_log. A message that was closed with its error ignored is not missed, and of one that was only passed on nobody knows when it was applied.
correction: Compare the object in both systems, put right what the older event has overwritten, and have the interface keep the order (in SAP by serialisation of the IDocs).
since: 4
--- */
SELECT system,
       plant,
       object,
       changed_at,
       not_evaluated,
       sap_earlier_id,
       sap_earlier_status,
       sap_earlier_sequence,
       sap_earlier_at,
       sap_later_id,
       sap_later_sequence,
       sap_later_at,
       mes_earlier_id,
       mes_earlier_status,
       mes_earlier_sequence,
       mes_earlier_at,
       mes_later_id,
       mes_later_sequence,
       mes_later_at,
       qms_earlier_id,
       qms_earlier_status,
       qms_earlier_sequence,
       qms_earlier_at,
       qms_later_id,
       qms_later_sequence,
       qms_later_at,
       wms_earlier_id,
       wms_earlier_status,
       wms_earlier_sequence,
       wms_earlier_at,
       wms_later_id,
       wms_later_sequence,
       wms_later_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       in_flight
FROM pairing.object_event
WHERE not_evaluated IS NOT NULL OR turned
