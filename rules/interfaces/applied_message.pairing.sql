/* ---
pairing: applied_message
title: Messages that were applied
key: [message_id]
from: [pairing.message_log, sap.movement]
optional: [sap.movement]
plant: none
workflow: message
settle: 30m
local: message_id
evidence:
  - {table: sap.message, match: {message_id: message_id}}
  - {table: mes.message, match: {message_id: message_id}}
  - {table: qms.message, match: {message_id: message_id}}
  - {table: wms.message, match: {message_id: message_id}}
--- */
-- What a copy applied and somebody has cancelled since counts no more.
WITH cancelled AS (
    SELECT system, movement_id FROM sap.movement WHERE reversed GROUP BY system, movement_id
),
applied AS (
    SELECT m.*
    FROM pairing.message_log m
    -- Without SAP's movements nobody knows which copies were cancelled.
    JOIN cut c ON c.system = m.system
    LEFT JOIN cancelled x ON x.system = m.system AND x.movement_id = m.document
    WHERE m.status = 'posted' AND NOT m.dead AND x.movement_id IS NULL
),
-- Copies have one content: one digest of it, or one reference and all that the log tells of them. A reference alone is none: one event may need several messages.
content AS (
    SELECT system,
           plant,
           min(message_id) AS message_id,
           max(message_id) AS last_message_id,
           side,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated,
           -- A copy that the receiver recognised names the document of the first.
           CASE
               WHEN payload_digest IS NOT NULL
                 OR coalesce(object_key, order_no, material, lot, delivery, serial_no, handling_unit, hold_id, case_no, confirmation) IS NOT NULL
                   THEN count(DISTINCT coalesce(document, message_id))
               ELSE 1
           END AS times,
           min(interface) AS interface,
           min(reference) AS reference,
           min(document) AS document,
           max(document) AS last_document,
           max(posted_at) AS last_at,
           bool_or(moving) AS moving
    FROM applied
    GROUP BY system, plant, side, source, interface, direction, sender, receiver, payload_digest, reference, occurred_at, object_type, object_key, order_no, operation_no, material, batch, lot, delivery,
             serial_no, handling_unit, hold_id, case_no, confirmation, movement_type, quantity, unit,
             -- Without either, each message is a content of its own.
             CASE WHEN payload_digest IS NULL AND reference IS NULL THEN message_id END
)
SELECT e.system,
       e.plant,
       e.message_id,
       max(e.changed_at) AS changed_at,
       min(e.not_evaluated) AS not_evaluated,
       max(e.times) AS times,
       bool_or(e.moving) AS moving,
       max(e.times) FILTER (WHERE e.side = 'sap') AS sap_times,
       min(e.interface) FILTER (WHERE e.side = 'sap') AS sap_interface,
       min(e.reference) FILTER (WHERE e.side = 'sap') AS sap_reference,
       max(e.last_message_id) FILTER (WHERE e.side = 'sap') AS sap_last_message_id,
       min(e.document) FILTER (WHERE e.side = 'sap') AS sap_document,
       max(e.last_document) FILTER (WHERE e.side = 'sap') AS sap_last_document,
       max(e.last_at) FILTER (WHERE e.side = 'sap') AS sap_last_at,
       max(e.times) FILTER (WHERE e.side = 'mes') AS mes_times,
       min(e.interface) FILTER (WHERE e.side = 'mes') AS mes_interface,
       min(e.reference) FILTER (WHERE e.side = 'mes') AS mes_reference,
       max(e.last_message_id) FILTER (WHERE e.side = 'mes') AS mes_last_message_id,
       min(e.document) FILTER (WHERE e.side = 'mes') AS mes_document,
       max(e.last_document) FILTER (WHERE e.side = 'mes') AS mes_last_document,
       max(e.last_at) FILTER (WHERE e.side = 'mes') AS mes_last_at,
       max(e.times) FILTER (WHERE e.side = 'qms') AS qms_times,
       min(e.interface) FILTER (WHERE e.side = 'qms') AS qms_interface,
       min(e.reference) FILTER (WHERE e.side = 'qms') AS qms_reference,
       max(e.last_message_id) FILTER (WHERE e.side = 'qms') AS qms_last_message_id,
       min(e.document) FILTER (WHERE e.side = 'qms') AS qms_document,
       max(e.last_document) FILTER (WHERE e.side = 'qms') AS qms_last_document,
       max(e.last_at) FILTER (WHERE e.side = 'qms') AS qms_last_at,
       max(e.times) FILTER (WHERE e.side = 'wms') AS wms_times,
       min(e.interface) FILTER (WHERE e.side = 'wms') AS wms_interface,
       min(e.reference) FILTER (WHERE e.side = 'wms') AS wms_reference,
       max(e.last_message_id) FILTER (WHERE e.side = 'wms') AS wms_last_message_id,
       min(e.document) FILTER (WHERE e.side = 'wms') AS wms_document,
       max(e.last_document) FILTER (WHERE e.side = 'wms') AS wms_last_document,
       max(e.last_at) FILTER (WHERE e.side = 'wms') AS wms_last_at
FROM content e
GROUP BY e.system, e.plant, e.message_id
