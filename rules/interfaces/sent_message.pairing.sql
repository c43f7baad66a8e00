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
-- What systems list of what they receive: by the names under which they do, it is told whose log is whose, and who is SAP.
WITH listed AS (
    SELECT DISTINCT system, side, source, receiver, interface FROM pairing.message_log WHERE direction = 'inbound'
),
named AS (
    SELECT system, receiver, bool_or(side = 'sap') AS is_sap FROM listed GROUP BY system, receiver
),
log_of AS (
    SELECT DISTINCT system, side, source, receiver FROM listed
),
knows AS (
    SELECT DISTINCT system, side, source, interface FROM listed
),
-- Logs of systems that a sender knows by name: they are not those of another receiver.
known_to AS (
    SELECT DISTINCT m.system, m.side, m.source, o.side AS at_side, o.source AS at_source
    FROM pairing.message_log m
    JOIN listed o ON o.system = m.system AND o.receiver = m.receiver
    WHERE m.direction = 'outbound'
),
from_sap AS (
    SELECT DISTINCT system, receiver, interface FROM listed WHERE side <> 'sap'
),
-- Others than SAP say what to look for: the reference of the event, or the document that the receiver is said to have posted. Of what SAP sends, that is looked for which its receiver
-- lists: where the receiver is some middleware, nobody knows whose log has to have it.
sent AS (
    SELECT m.*,
           coalesce(n.is_sap, true) AS may_be_in_sap
    FROM pairing.message_log m
    JOIN params p ON p.system = m.system
    LEFT JOIN named n ON n.system = m.system AND n.receiver = m.receiver
    LEFT JOIN from_sap l ON l.system = m.system AND l.receiver = m.receiver AND l.interface = m.interface
    WHERE m.direction = 'outbound' AND m.status IN ('sent', 'posted') AND NOT m.dead
      AND CASE WHEN m.side = 'sap' THEN l.interface IS NOT NULL ELSE m.reference IS NOT NULL OR m.document IS NOT NULL END
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
-- One message may bear one number on both sides, or one side quotes the number of the other's, or of the event.
sent_as AS (
    SELECT system, side, source, message_id, interface, receiver, message_id AS name FROM sent
    UNION
    SELECT system, side, source, message_id, interface, receiver, reference FROM sent
),
-- Once for each name: thousands of messages may quote one reference.
logged_as AS (
    SELECT system, side, source, interface, direction, name, bool_or(applied) AS applied
    FROM (
        SELECT system, side, source, interface, direction, message_id AS name, status = 'posted' AS applied FROM pairing.message_log
        UNION ALL
        SELECT system, side, source, interface, direction, reference, status = 'posted' FROM pairing.message_log
    ) l
    WHERE name IS NOT NULL
    GROUP BY system, side, source, interface, direction, name
),
-- In the log of its receiver and of its interface, in whatever status. What is listed under another interface, though the log knows the one that it was sent by, is another message of the same
-- number. What was applied shows that the log keeps what is through.
in_log AS (
    SELECT s.system, s.side, s.source, s.message_id, bool_or(l.applied) AS applied
    FROM sent_as s
    JOIN logged_as l ON l.system = s.system AND l.name = s.name
    LEFT JOIN log_of o ON o.system = s.system AND o.receiver = s.receiver AND o.side = l.side AND o.source = l.source
    LEFT JOIN known_to k ON k.system = s.system AND k.side = s.side AND k.source = s.source AND k.at_side = l.side AND k.at_source = l.source
    LEFT JOIN knows i ON i.system = s.system AND i.interface = s.interface AND i.side = l.side AND i.source = l.source
    WHERE (l.direction = 'inbound' AND (l.side <> s.side OR l.source <> s.source) OR l.direction IS NULL AND l.side <> s.side)
      AND (o.receiver IS NOT NULL OR s.side <> 'sap' AND (s.receiver IS NULL OR k.at_side IS NULL))
      AND (l.interface IS NULL OR i.interface IS NULL OR l.interface = i.interface)
    GROUP BY s.system, s.side, s.source, s.message_id
),
in_sap AS (
    SELECT s.system, s.side, s.source, s.message_id
    FROM sent s
    JOIN posted_reference r ON r.system = s.system AND r.reference = s.reference
    WHERE s.may_be_in_sap
    UNION
    SELECT s.system, s.side, s.source, s.message_id
    FROM sent s
    JOIN posted_document d ON d.system = s.system AND d.document = s.document
    WHERE s.may_be_in_sap
),
arrived AS (
    SELECT system, side, source, message_id, bool_or(posted) AS posted, bool_or(applied) AS applied
    FROM (
        SELECT system, side, source, message_id, true AS posted, false AS applied FROM in_sap
        UNION ALL
        SELECT system, side, source, message_id, false, applied FROM in_log
    ) a
    GROUP BY system, side, source, message_id
),
-- Where none of an interface's messages can be found, nothing says that its references are those of the receiver; a log shows it by what was applied, and begins with the first of that.
recognised AS (
    SELECT s.system, s.side, s.source, s.interface, s.receiver, bool_or(a.posted) AS posted, min(s.since) AS since
    FROM sent s
    JOIN arrived a ON a.system = s.system AND a.side = s.side AND a.source = s.source AND a.message_id = s.message_id
    WHERE a.posted OR a.applied
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
               WHEN NOT r.posted AND s.since < r.since THEN 'before the log of its receiver begins'
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
       min(e.status) FILTER (WHERE e.side = 'sap') AS sap_status,
       min(e.receiver) FILTER (WHERE e.side = 'sap') AS sap_receiver,
       min(e.reference) FILTER (WHERE e.side = 'sap') AS sap_reference,
       min(e.since) FILTER (WHERE e.side = 'sap') AS sap_since,
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
