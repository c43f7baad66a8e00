/* ---
pairing: object_event
title: Objects whose messages are numbered in the order of their events
key: [object]
from: [pairing.message_log]
plant: none
workflow: message
settle: 30m
local: object
params:
  most_events: 1000
evidence:
  - {table: sap.message, match: {object: object_key}, where: sequence IS NOT NULL}
  - {table: mes.message, match: {object: object_key}, where: sequence IS NOT NULL}
  - {table: qms.message, match: {object: object_key}, where: sequence IS NOT NULL}
  - {table: wms.message, match: {object: object_key}, where: sequence IS NOT NULL}
  - {table: sap.message, match: {object: order_no}, where: sequence IS NOT NULL AND object_key IS NULL}
  - {table: mes.message, match: {object: order_no}, where: sequence IS NOT NULL AND object_key IS NULL}
  - {table: qms.message, match: {object: order_no}, where: sequence IS NOT NULL AND object_key IS NULL}
  - {table: wms.message, match: {object: order_no}, where: sequence IS NOT NULL AND object_key IS NULL}
--- */
-- A message without a sequence says nothing of the order, and of one that was passed on nobody knows when it was applied. What was closed on purpose is not missed.
WITH event AS (
    SELECT *,
           coalesce(object_key, order_no) AS object,
           coalesce(object_type, 'order') AS kind_of_object,
           coalesce(direction, '') AS way,
           status = 'posted' AS applied
    FROM pairing.message_log
    WHERE sequence IS NOT NULL AND coalesce(object_key, order_no) IS NOT NULL
      AND (status IN ('posted', 'pending', 'failed', 'dead') OR not_evaluated IS NOT NULL)
),
whole AS (
    SELECT system,
           plant,
           side,
           source,
           kind_of_object,
           object,
           way,
           count(*) AS events,
           max(changed_at) AS changed_at,
           coalesce(min(not_evaluated),
                    CASE WHEN bool_or(applied AND posted_at IS NULL) AND count(*) > 1 THEN 'no time at which a message was applied' END) AS not_evaluated
    FROM event
    GROUP BY system, plant, side, source, kind_of_object, object, way
),
-- Of two events the later one was applied, and the earlier one after it or not at all.
turned AS (
    SELECT l.system,
           l.plant,
           l.side,
           l.object,
           min(e.message_id) AS earlier_id,
           min_by(e.status, e.message_id) AS earlier_status,
           min_by(e.sequence, e.message_id) AS earlier_sequence,
           max(e.posted_at) AS earlier_at,
           min_by(l.message_id, e.message_id) AS later_id,
           min_by(l.sequence, e.message_id) AS later_sequence,
           min(l.posted_at) AS later_at,
           -- What waits within its service level, or has just changed, may come in order yet.
           bool_and(e.moving OR l.moving OR (e.status = 'pending' AND NOT e.beyond_service_level)) AS in_flight
    FROM event l
    JOIN params p ON p.system = l.system
    JOIN whole w
      ON w.system = l.system AND w.side = l.side AND w.source = l.source AND w.kind_of_object = l.kind_of_object AND w.object = l.object
     AND w.way = l.way AND w.events <= p.most_events
    JOIN event e
      ON e.system = l.system AND e.side = l.side AND e.source = l.source AND e.kind_of_object = l.kind_of_object AND e.object = l.object
     AND e.way = l.way AND e.sequence < l.sequence
    WHERE l.applied AND l.not_evaluated IS NULL AND e.not_evaluated IS NULL AND (NOT e.applied OR e.posted_at > l.posted_at)
    GROUP BY l.system, l.plant, l.side, l.object
),
object AS (
    SELECT w.system,
           w.plant,
           w.object,
           max(w.changed_at) AS changed_at,
           min(coalesce(w.not_evaluated, CASE WHEN w.events > p.most_events THEN 'more events than are compared (most_events)' END)) AS not_evaluated
    FROM whole w
    JOIN params p ON p.system = w.system
    GROUP BY w.system, w.plant, w.object
)
SELECT o.system,
       o.plant,
       o.object,
       max(o.changed_at) AS changed_at,
       CASE WHEN NOT bool_or(t.object IS NOT NULL) THEN min(o.not_evaluated) END AS not_evaluated,
       bool_or(t.object IS NOT NULL) AS turned,
       bool_and(t.in_flight) AS in_flight,
       min(t.earlier_id) FILTER (WHERE t.side = 'sap') AS sap_earlier_id,
       min(t.earlier_status) FILTER (WHERE t.side = 'sap') AS sap_earlier_status,
       min(t.earlier_sequence) FILTER (WHERE t.side = 'sap') AS sap_earlier_sequence,
       min(t.earlier_at) FILTER (WHERE t.side = 'sap') AS sap_earlier_at,
       min(t.later_id) FILTER (WHERE t.side = 'sap') AS sap_later_id,
       min(t.later_sequence) FILTER (WHERE t.side = 'sap') AS sap_later_sequence,
       min(t.later_at) FILTER (WHERE t.side = 'sap') AS sap_later_at,
       min(t.earlier_id) FILTER (WHERE t.side = 'mes') AS mes_earlier_id,
       min(t.earlier_status) FILTER (WHERE t.side = 'mes') AS mes_earlier_status,
       min(t.earlier_sequence) FILTER (WHERE t.side = 'mes') AS mes_earlier_sequence,
       min(t.earlier_at) FILTER (WHERE t.side = 'mes') AS mes_earlier_at,
       min(t.later_id) FILTER (WHERE t.side = 'mes') AS mes_later_id,
       min(t.later_sequence) FILTER (WHERE t.side = 'mes') AS mes_later_sequence,
       min(t.later_at) FILTER (WHERE t.side = 'mes') AS mes_later_at,
       min(t.earlier_id) FILTER (WHERE t.side = 'qms') AS qms_earlier_id,
       min(t.earlier_status) FILTER (WHERE t.side = 'qms') AS qms_earlier_status,
       min(t.earlier_sequence) FILTER (WHERE t.side = 'qms') AS qms_earlier_sequence,
       min(t.earlier_at) FILTER (WHERE t.side = 'qms') AS qms_earlier_at,
       min(t.later_id) FILTER (WHERE t.side = 'qms') AS qms_later_id,
       min(t.later_sequence) FILTER (WHERE t.side = 'qms') AS qms_later_sequence,
       min(t.later_at) FILTER (WHERE t.side = 'qms') AS qms_later_at,
       min(t.earlier_id) FILTER (WHERE t.side = 'wms') AS wms_earlier_id,
       min(t.earlier_status) FILTER (WHERE t.side = 'wms') AS wms_earlier_status,
       min(t.earlier_sequence) FILTER (WHERE t.side = 'wms') AS wms_earlier_sequence,
       min(t.earlier_at) FILTER (WHERE t.side = 'wms') AS wms_earlier_at,
       min(t.later_id) FILTER (WHERE t.side = 'wms') AS wms_later_id,
       min(t.later_sequence) FILTER (WHERE t.side = 'wms') AS wms_later_sequence,
       min(t.later_at) FILTER (WHERE t.side = 'wms') AS wms_later_at
FROM object o
LEFT JOIN turned t ON t.system = o.system AND t.object = o.object
GROUP BY o.system, o.plant, o.object
