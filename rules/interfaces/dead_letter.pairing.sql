/* ---
pairing: dead_letter
title: Dead letters
key: [queue, message_id]
from: [pairing.message_log]
plant: none
workflow: message
settle: 30m
local: message_id
message: {match: {message_id: message_id}, where: kind = 'dead-letter' OR status = 'dead'}
evidence:
  - {table: sap.message, match: {message_id: message_id}}
  - {table: mes.message, match: {message_id: message_id}}
  - {table: qms.message, match: {message_id: message_id}}
  - {table: wms.message, match: {message_id: message_id}}
--- */
-- What has been applied already under the same reference is what a replay would book a second time.
WITH letter AS (
    SELECT * FROM pairing.message_log WHERE dead
),
applied AS (
    SELECT system, interface, sender, reference, min(message_id) AS message_id
    FROM pairing.message_log
    -- That its sender says it got through applies nothing.
    WHERE status = 'posted' AND direction IS DISTINCT FROM 'outbound'
    GROUP BY system, interface, sender, reference
),
-- What each side calls the systems that send.
named AS (
    SELECT DISTINCT system, side, sender FROM pairing.message_log
),
-- References are counted for an interface, or by a sender: those of another interface, or of another sender in the letter's own words, are other events.
applied_by AS (
    SELECT d.system, d.side, d.source, d.message_id AS letter, min(a.message_id) AS message_id
    FROM letter d
    JOIN applied a ON a.system = d.system AND a.reference = d.reference
    LEFT JOIN named n ON n.system = d.system AND n.side = d.side AND n.sender = a.sender
    WHERE CASE WHEN d.interface IS NULL OR a.interface IS NULL THEN d.sender = a.sender ELSE d.interface = a.interface END
      AND (d.sender IS NULL OR d.sender = a.sender OR n.sender IS NULL)
    GROUP BY d.system, d.side, d.source, d.message_id
)
SELECT e.system,
       e.plant,
       e.queue,
       e.message_id,
       max(e.changed_at) AS changed_at,
       min(e.not_evaluated) AS not_evaluated,
       -- One that was replayed or given up may stay listed.
       bool_or(NOT coalesce(e.status IN ('posted', 'sent', 'ignored'), false)) AS open,
       bool_and(e.moving) AS moving,
       min(e.interface) FILTER (WHERE e.side = 'sap') AS sap_interface,
       min(e.told_reason) FILTER (WHERE e.side = 'sap') AS sap_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'sap') AS sap_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'sap') AS sap_since,
       min(e.reference) FILTER (WHERE e.side = 'sap') AS sap_reference,
       min(a.message_id) FILTER (WHERE e.side = 'sap') AS sap_applied_by,
       min(e.interface) FILTER (WHERE e.side = 'mes') AS mes_interface,
       min(e.told_reason) FILTER (WHERE e.side = 'mes') AS mes_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'mes') AS mes_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'mes') AS mes_since,
       min(e.reference) FILTER (WHERE e.side = 'mes') AS mes_reference,
       min(a.message_id) FILTER (WHERE e.side = 'mes') AS mes_applied_by,
       min(e.interface) FILTER (WHERE e.side = 'qms') AS qms_interface,
       min(e.told_reason) FILTER (WHERE e.side = 'qms') AS qms_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'qms') AS qms_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'qms') AS qms_since,
       min(e.reference) FILTER (WHERE e.side = 'qms') AS qms_reference,
       min(a.message_id) FILTER (WHERE e.side = 'qms') AS qms_applied_by,
       min(e.interface) FILTER (WHERE e.side = 'wms') AS wms_interface,
       min(e.told_reason) FILTER (WHERE e.side = 'wms') AS wms_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'wms') AS wms_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'wms') AS wms_since,
       min(e.reference) FILTER (WHERE e.side = 'wms') AS wms_reference,
       min(a.message_id) FILTER (WHERE e.side = 'wms') AS wms_applied_by
FROM letter e
LEFT JOIN applied_by a ON a.system = e.system AND a.side = e.side AND a.source = e.source AND a.letter = e.message_id
GROUP BY e.system, e.plant, e.queue, e.message_id
