/* ---
pairing: message
title: Messages, on every side that knows them
key: [message_id]
from: [pairing.message_log]
plant: none
workflow: message
settle: 30m
local: message_id
message: {match: {message_id: message_id}, where: "coalesce(kind, '') NOT IN ('dead-letter', 'backflush') AND status <> 'dead'"}
evidence:
  - {table: sap.message, match: {message_id: message_id}}
  - {table: mes.message, match: {message_id: message_id}}
  - {table: qms.message, match: {message_id: message_id}}
  - {table: wms.message, match: {message_id: message_id}}
--- */
-- A sender and a receiver may know a message by one number: then both stand in one row. Dead letters and failed goods movements of confirmations have rules of their own.
WITH entry AS (
    SELECT *,
           coalesce(status = 'failed', false) OR coalesce(status = 'pending', false) AND beyond_service_level AS stuck,
           -- What failed just now may be repeated by itself; what waits has had its time.
           status = 'failed' AND moving AS just_failed
    FROM pairing.message_log
    WHERE NOT dead AND NOT backflush
),
-- Where two sources of a side use one number for different messages, what is told is that of the one that is stuck.
shown AS (
    SELECT system, plant, side, message_id, bool_or(stuck) AS stuck FROM entry GROUP BY system, plant, side, message_id
)
SELECT e.system,
       e.plant,
       e.message_id,
       max(e.changed_at) AS changed_at,
       CASE WHEN NOT bool_or(e.stuck) THEN min(e.not_evaluated) END AS not_evaluated,
       bool_or(e.stuck) AS stuck,
       bool_and(e.just_failed) FILTER (WHERE e.stuck) AS just_failed,
       min(e.interface) FILTER (WHERE e.side = 'sap') AS sap_interface,
       min(e.status) FILTER (WHERE e.side = 'sap') AS sap_status,
       min(e.told_reason) FILTER (WHERE e.side = 'sap') AS sap_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'sap') AS sap_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'sap') AS sap_since,
       min(e.interface) FILTER (WHERE e.side = 'mes') AS mes_interface,
       min(e.status) FILTER (WHERE e.side = 'mes') AS mes_status,
       min(e.told_reason) FILTER (WHERE e.side = 'mes') AS mes_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'mes') AS mes_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'mes') AS mes_since,
       min(e.interface) FILTER (WHERE e.side = 'qms') AS qms_interface,
       min(e.status) FILTER (WHERE e.side = 'qms') AS qms_status,
       min(e.told_reason) FILTER (WHERE e.side = 'qms') AS qms_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'qms') AS qms_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'qms') AS qms_since,
       min(e.interface) FILTER (WHERE e.side = 'wms') AS wms_interface,
       min(e.status) FILTER (WHERE e.side = 'wms') AS wms_status,
       min(e.told_reason) FILTER (WHERE e.side = 'wms') AS wms_reason,
       bool_or(e.schema_mismatch) FILTER (WHERE e.side = 'wms') AS wms_schema_mismatch,
       min(e.since) FILTER (WHERE e.side = 'wms') AS wms_since
FROM entry e
JOIN shown s ON s.system = e.system AND s.plant = e.plant AND s.side = e.side AND s.message_id = e.message_id AND s.stuck = e.stuck
GROUP BY e.system, e.plant, e.message_id
