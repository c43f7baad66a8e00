/* ---
pairing: message_log
title: Messages as each system shows them
key: [side, source, message_id]
from: [sap.message, mes.message, qms.message, wms.message]
optional: [sap.message, mes.message, qms.message, wms.message]
plant: none
workflow: message
settle: 30m
local: message_id
params:
  interfaces: ["*"]
  interfaces_left_out: []
evidence:
  - {table: sap.message, match: {source: source, message_id: message_id}}
  - {table: mes.message, match: {source: source, message_id: message_id}}
  - {table: qms.message, match: {source: source, message_id: message_id}}
  - {table: wms.message, match: {source: source, message_id: message_id}}
--- */
WITH told AS (
    SELECT 'sap' AS side, * FROM sap.message
    UNION ALL
    SELECT 'mes', * FROM mes.message
    UNION ALL
    SELECT 'qms', * FROM qms.message
    UNION ALL
    SELECT 'wms', * FROM wms.message
),
-- Of rows with one key that say different things one stands for all, and is not judged.
unclear AS (
    SELECT system, side, source, message_id, min(row_ref) AS row_ref FROM told WHERE ambiguous GROUP BY system, side, source, message_id
)
SELECT t.system,
       c.plant,
       t.side,
       t.source,
       t.message_id,
       t.changed_at,
       CASE
           WHEN t.problems IS NOT NULL THEN concat('unreadable: ', t.problems)
           WHEN t.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN t.status = 'pending' AND coalesce(t.sent_at, t.changed_at) IS NULL THEN 'nobody says since when it waits'
       END AS not_evaluated,
       t.plant AS of_plant,
       t.kind,
       t.interface,
       t.queue,
       t.direction,
       t.sender,
       t.receiver,
       t.status,
       CASE
           WHEN t.status_code IS NULL THEN coalesce(t.reason, t.status_text)
           WHEN coalesce(t.reason, t.status_text) IS NULL THEN t.status_code
           ELSE concat(t.status_code, ', ', coalesce(t.reason, t.status_text))
       END AS told_reason,
       coalesce(t.schema_mismatch, false) AS schema_mismatch,
       -- A dead letter is nobody's queue any more, and a failed goods movement of a confirmation has its own place in SAP: each has its own rule.
       coalesce(t.kind = 'dead-letter', false) OR coalesce(t.status = 'dead', false) AS dead,
       coalesce(t.side = 'sap' AND t.kind = 'backflush', false) AS backflush,
       coalesce(t.sent_at, t.changed_at) AS since,
       coalesce(coalesce(t.sent_at, t.changed_at) + t.service_level < c.cut, false) AS beyond_service_level,
       t.moving,
       t.object_type,
       t.object_key,
       t.order_no,
       t.operation_no,
       t.material,
       t.batch,
       t.lot,
       t.delivery,
       t.serial_no,
       t.handling_unit,
       t.hold_id,
       t.case_no,
       t.movement_type,
       t.quantity,
       t.unit,
       t.reference,
       t.confirmation,
       t.document,
       t.sequence,
       t.occurred_at,
       t.posted_at,
       t.attempts,
       t.payload_digest
FROM told t
JOIN cut c ON c.system = t.system
JOIN params p ON p.system = t.system
LEFT JOIN unclear u ON u.system = t.system AND u.side = t.side AND u.source = t.source AND u.message_id = t.message_id
WHERE (NOT t.ambiguous OR t.row_ref = u.row_ref)
  AND (list_contains(p.interfaces, '*') OR list_contains(p.interfaces, t.interface))
  AND NOT coalesce(list_contains(p.interfaces_left_out, t.interface), false)
