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
-- What a copy applied and somebody has cancelled since counts no more. ECC says so on the document that takes back alone. A log may name a line of the document, or its number without
-- the year: then all lines of it have to be taken back, and since numbers may begin anew with each year, it is one that was entered within half a year of the message.
WITH taken_back AS (
    SELECT DISTINCT system, reverses FROM sap.movement WHERE reverses IS NOT NULL
),
named AS (
    SELECT system, movement_id AS document, true AS in_full, movement_id, changed_at, reversed FROM sap.movement
    UNION ALL
    SELECT system, document, false, movement_id, changed_at, reversed FROM sap.movement
),
meant AS (
    SELECT m.system, m.side, m.source, m.message_id, bool_and(coalesce(n.reversed, false) OR r.reverses IS NOT NULL) AS cancelled
    FROM pairing.message_log m
    JOIN named n ON n.system = m.system AND n.document = m.document
    LEFT JOIN taken_back r ON r.system = n.system AND r.reverses = n.movement_id
    WHERE n.in_full
       OR coalesce(n.changed_at BETWEEN coalesce(m.posted_at, m.changed_at) - INTERVAL '183 days' AND coalesce(m.posted_at, m.changed_at) + INTERVAL '183 days', true)
    GROUP BY m.system, m.side, m.source, m.message_id, n.changed_at
),
found AS (
    SELECT system, side, source, message_id, bool_and(cancelled) AS cancelled, bool_or(cancelled) AS perhaps_cancelled FROM meant GROUP BY system, side, source, message_id
),
applied AS (
    SELECT m.*,
           f.perhaps_cancelled
    FROM pairing.message_log m
    -- Without SAP's movements nobody knows which copies were cancelled.
    JOIN cut c ON c.system = m.system
    LEFT JOIN found f ON f.system = m.system AND f.side = m.side AND f.source = m.source AND f.message_id = m.message_id
    WHERE m.status = 'posted' AND NOT m.dead AND NOT coalesce(f.cancelled, false)
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
           bool_or(perhaps_cancelled) AS perhaps_cancelled,
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
       min(coalesce(e.not_evaluated, CASE WHEN e.times > 1 AND e.perhaps_cancelled THEN 'of several documents with its number one is cancelled' END)) AS not_evaluated,
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
