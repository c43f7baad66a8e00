/* ---
pairing: sent_message
title: Messages that were sent with success, and what shows them at their receiver
key: [interface, message_id]
from: [pairing.message_log, sap.movement, sap.confirmation]
optional: [sap.confirmation]
plant: none
workflow: message
settle: 30m
local: message_id
params:
  receivers_not_read: []
evidence:
  - {table: sap.message, match: {interface: interface, message_id: message_id}}
  - {table: mes.message, match: {interface: interface, message_id: message_id}}
  - {table: qms.message, match: {interface: interface, message_id: message_id}}
  - {table: wms.message, match: {interface: interface, message_id: message_id}}
--- */
-- Looked for is what says where to look: the reference of the event, and the document that the receiver is said to have posted.
WITH sent AS (
    SELECT m.*
    FROM pairing.message_log m
    JOIN params p ON p.system = m.system
    WHERE m.side <> 'sap' AND m.direction = 'outbound' AND m.status IN ('sent', 'posted') AND NOT m.dead
      AND (m.reference IS NOT NULL OR m.document IS NOT NULL)
      AND NOT coalesce(list_contains(p.receivers_not_read, m.receiver), false)
),
posted_reference AS (
    SELECT system, reference FROM sap.movement WHERE reference IS NOT NULL
    UNION
    SELECT system, reference FROM sap.confirmation WHERE reference IS NOT NULL
),
posted_document AS (
    SELECT system, movement_id AS document FROM sap.movement
    UNION
    SELECT system, confirmation FROM sap.confirmation
),
-- What a log of the receiver has, in whatever status, has arrived.
logged AS (
    SELECT DISTINCT system, side, message_id AS name FROM pairing.message_log
    UNION
    SELECT system, side, reference FROM pairing.message_log WHERE reference IS NOT NULL
),
arrived AS (
    SELECT s.system, s.side, s.source, s.message_id
    FROM sent s
    JOIN posted_reference r ON r.system = s.system AND r.reference = s.reference
    UNION
    SELECT s.system, s.side, s.source, s.message_id
    FROM sent s
    JOIN posted_document d ON d.system = s.system AND d.document = s.document
    UNION
    SELECT s.system, s.side, s.source, s.message_id
    FROM sent s
    JOIN logged l ON l.system = s.system AND l.side <> s.side AND l.name = s.message_id
    UNION
    SELECT s.system, s.side, s.source, s.message_id
    FROM sent s
    JOIN logged l ON l.system = s.system AND l.side <> s.side AND l.name = s.reference
),
-- Where none of an interface's messages can be found, nothing says that its references are those of the receiver.
recognised AS (
    SELECT s.system, s.side, s.source, s.interface, s.receiver
    FROM sent s
    JOIN arrived a ON a.system = s.system AND a.side = s.side AND a.source = s.source AND a.message_id = s.message_id
    GROUP BY s.system, s.side, s.source, s.interface, s.receiver
),
judged AS (
    SELECT s.*,
           a.message_id IS NOT NULL AS is_there,
           CASE
               WHEN a.message_id IS NOT NULL THEN NULL
               WHEN s.since IS NULL THEN 'nobody says when it was sent'
               WHEN NOT s.beyond_service_level THEN NULL
               WHEN s.not_evaluated IS NOT NULL THEN s.not_evaluated
               WHEN s.since < c.complete_from THEN 'before history'
               WHEN r.system IS NULL THEN 'no message of this interface is recognised at its receiver'
           END AS unclear
    FROM sent s
    JOIN cut c ON c.system = s.system
    LEFT JOIN arrived a ON a.system = s.system AND a.side = s.side AND a.source = s.source AND a.message_id = s.message_id
    LEFT JOIN recognised r
           ON r.system = s.system AND r.side = s.side AND r.source = s.source AND r.interface IS NOT DISTINCT FROM s.interface
          AND r.receiver IS NOT DISTINCT FROM s.receiver
)
SELECT e.system,
       e.plant,
       e.interface,
       e.message_id,
       max(e.changed_at) AS changed_at,
       min(e.unclear) AS not_evaluated,
       -- Within its service level it may still be on its way.
       bool_or(NOT e.is_there AND e.beyond_service_level) AS lost,
       bool_or(e.moving) AS moving,
       min(e.status) FILTER (WHERE e.side = 'mes') AS mes_status,
       min(e.receiver) FILTER (WHERE e.side = 'mes') AS mes_receiver,
       min(e.reference) FILTER (WHERE e.side = 'mes') AS mes_reference,
       min(e.document) FILTER (WHERE e.side = 'mes') AS mes_document,
       min(e.order_no) FILTER (WHERE e.side = 'mes') AS mes_order_no,
       min(e.material) FILTER (WHERE e.side = 'mes') AS mes_material,
       min(e.batch) FILTER (WHERE e.side = 'mes') AS mes_batch,
       min(e.movement_type) FILTER (WHERE e.side = 'mes') AS mes_movement_type,
       min(e.quantity) FILTER (WHERE e.side = 'mes') AS mes_quantity,
       min(e.unit) FILTER (WHERE e.side = 'mes') AS mes_unit,
       min(e.since) FILTER (WHERE e.side = 'mes') AS mes_since,
       min(e.status) FILTER (WHERE e.side = 'qms') AS qms_status,
       min(e.receiver) FILTER (WHERE e.side = 'qms') AS qms_receiver,
       min(e.reference) FILTER (WHERE e.side = 'qms') AS qms_reference,
       min(e.document) FILTER (WHERE e.side = 'qms') AS qms_document,
       min(e.order_no) FILTER (WHERE e.side = 'qms') AS qms_order_no,
       min(e.material) FILTER (WHERE e.side = 'qms') AS qms_material,
       min(e.batch) FILTER (WHERE e.side = 'qms') AS qms_batch,
       min(e.movement_type) FILTER (WHERE e.side = 'qms') AS qms_movement_type,
       min(e.quantity) FILTER (WHERE e.side = 'qms') AS qms_quantity,
       min(e.unit) FILTER (WHERE e.side = 'qms') AS qms_unit,
       min(e.since) FILTER (WHERE e.side = 'qms') AS qms_since,
       min(e.status) FILTER (WHERE e.side = 'wms') AS wms_status,
       min(e.receiver) FILTER (WHERE e.side = 'wms') AS wms_receiver,
       min(e.reference) FILTER (WHERE e.side = 'wms') AS wms_reference,
       min(e.document) FILTER (WHERE e.side = 'wms') AS wms_document,
       min(e.order_no) FILTER (WHERE e.side = 'wms') AS wms_order_no,
       min(e.material) FILTER (WHERE e.side = 'wms') AS wms_material,
       min(e.batch) FILTER (WHERE e.side = 'wms') AS wms_batch,
       min(e.movement_type) FILTER (WHERE e.side = 'wms') AS wms_movement_type,
       min(e.quantity) FILTER (WHERE e.side = 'wms') AS wms_quantity,
       min(e.unit) FILTER (WHERE e.side = 'wms') AS wms_unit,
       min(e.since) FILTER (WHERE e.side = 'wms') AS wms_since
FROM judged e
GROUP BY e.system, e.plant, e.interface, e.message_id
