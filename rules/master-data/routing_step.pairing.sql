/* ---
pairing: routing_step
title: Operations of the routings that the MES holds
key: [material, operation_no]
from: [sap.routing_operation, mes.routing_operation, mes.crosswalk]
workflow: master-data
settle: 24h
local: material
params:
  control_keys_not_in_mes: []
evidence:
  - {table: sap.routing_operation, match: {material: material, operation_no: operation_no}}
  - {table: mes.routing_operation, match: {material: material, operation_no: operation_no}}
--- */
-- Each routing of the MES stands beside the one of SAP that it names, as both are valid today. A group that SAP does not know is the MES's own name: then the counter decides.
WITH sap_step AS (
    SELECT s.*
    FROM sap.routing_operation s
    JOIN cut ON cut.system = s.system AND cut.plant = s.plant
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE NOT coalesce(s.deletion_flag, false)
      AND (s.valid_from IS NULL OR s.valid_from <= cut.day)
      AND (s.valid_to IS NULL OR s.valid_to >= cut.day)
      AND (s.control_key IS NULL OR NOT list_contains(p.control_keys_not_in_mes, s.control_key))
),
mes_step AS (
    SELECT m.*
    FROM mes.routing_operation m
    JOIN cut ON cut.system = m.system AND cut.plant = m.plant
    WHERE NOT coalesce(m.deletion_flag, false)
      AND (m.valid_from IS NULL OR m.valid_from <= cut.day)
      AND (m.valid_to IS NULL OR m.valid_to >= cut.day)
),
held AS (
    SELECT system, plant, source, material, routing, routing_alternative FROM mes_step GROUP BY system, plant, source, material, routing, routing_alternative
),
kept AS (
    SELECT system, plant, material, routing, routing_alternative FROM sap_step GROUP BY system, plant, material, routing, routing_alternative
),
spelt AS (
    SELECT h.system,
           h.plant,
           h.source,
           h.material,
           h.routing,
           h.routing_alternative,
           bool_or(k.routing = h.routing) AS group_known
    FROM held h
    LEFT JOIN kept k ON k.system = h.system AND k.plant = h.plant AND k.material = h.material
    GROUP BY h.system, h.plant, h.source, h.material, h.routing, h.routing_alternative
),
list AS (
    SELECT h.system,
           h.plant,
           h.source,
           h.material,
           h.routing,
           h.routing_alternative,
           count(DISTINCT concat(k.routing, '/', k.routing_alternative)) FILTER (WHERE k.material IS NOT NULL) AS meant,
           min(k.routing) AS sap_routing,
           min(k.routing_alternative) AS sap_alternative
    FROM spelt h
    LEFT JOIN kept k ON k.system = h.system AND k.plant = h.plant AND k.material = h.material
        AND (NOT coalesce(h.group_known, false) OR k.routing = h.routing)
        AND (h.routing_alternative IS NULL OR k.routing_alternative = h.routing_alternative)
    GROUP BY h.system, h.plant, h.source, h.material, h.routing, h.routing_alternative
),
-- A code that the crosswalk gives two names is as good as one that it does not know.
place AS (
    SELECT cut.system, cut.plant, x.code, CASE WHEN min(x.canonical_code) = max(x.canonical_code) THEN min(x.canonical_code) END AS canonical_code
    FROM cut
    JOIN mes.crosswalk x ON x.system = cut.system AND (x.plant = cut.plant OR x.plant = '*')
    WHERE x.code_list = 'resource'
    GROUP BY cut.system, cut.plant, x.code
),
step AS (
    SELECT 'sap' AS side, l.system, l.plant, l.source, l.material, l.routing, l.routing_alternative, l.meant, s.operation_no, s.sequence_no, s.resource,
           false AS mes_only, s.changed_at, s.problems, s.ambiguous, s.moving
    FROM list l
    JOIN sap_step s ON s.system = l.system AND s.plant = l.plant AND s.material = l.material
        AND s.routing IS NOT DISTINCT FROM l.sap_routing AND s.routing_alternative IS NOT DISTINCT FROM l.sap_alternative
    WHERE l.meant = 1
    UNION ALL
    SELECT 'mes', l.system, l.plant, l.source, l.material, l.routing, l.routing_alternative, l.meant, m.operation_no, m.sequence_no, coalesce(w.canonical_code, m.resource),
           coalesce(m.mes_only, false), m.changed_at, m.problems, m.ambiguous, m.moving
    FROM list l
    JOIN mes_step m ON m.system = l.system AND m.plant = l.plant AND m.source = l.source AND m.material = l.material
        AND m.routing IS NOT DISTINCT FROM l.routing AND m.routing_alternative IS NOT DISTINCT FROM l.routing_alternative
    LEFT JOIN place w ON w.system = m.system AND w.plant = m.plant AND w.code = m.resource
),
summed AS (
    SELECT system,
           plant,
           source,
           material,
           routing,
           routing_alternative,
           operation_no,
           max(changed_at) AS changed_at,
           max(meant) AS meant,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           bool_or(mes_only) AS mes_only,
           min(coalesce(sequence_no, '0')) FILTER (WHERE side = 'sap') AS sap_sequence,
           max(coalesce(sequence_no, '0')) FILTER (WHERE side = 'sap') AS sap_last_sequence,
           min(coalesce(sequence_no, '0')) FILTER (WHERE side = 'mes') AS mes_sequence,
           max(coalesce(sequence_no, '0')) FILTER (WHERE side = 'mes') AS mes_last_sequence,
           min(resource) FILTER (WHERE side = 'sap') AS sap_resource,
           min(resource) FILTER (WHERE side = 'mes') AS mes_resource,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous,
           bool_or(moving) AS moving
    FROM step
    GROUP BY system, plant, source, material, routing, routing_alternative, operation_no
),
compared AS (
    SELECT s.*,
           CASE
               WHEN problems IS NOT NULL THEN concat('unreadable: ', problems)
               WHEN ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN meant > 1 THEN 'the MES does not say which of SAP''s routings'
           END AS not_evaluated,
           CASE
               WHEN mes_rows = 0 THEN 'missing'
               WHEN sap_rows = 0 AND mes_only THEN 'step of the MES alone'
               WHEN sap_rows = 0 THEN 'extra'
               WHEN sap_sequence <> mes_sequence OR sap_last_sequence <> mes_last_sequence THEN 'another sequence'
               WHEN sap_resource IS DISTINCT FROM mes_resource THEN 'another work centre'
           END AS deviation
    FROM summed s
)
-- An operation that differs in several routings is told by the first of them.
SELECT system,
       plant,
       material,
       operation_no,
       max(changed_at) AS changed_at,
       CASE WHEN count(*) FILTER (WHERE deviation IS NOT NULL AND not_evaluated IS NULL) = 0 THEN min(not_evaluated) END AS not_evaluated,
       min(deviation) FILTER (WHERE deviation IS NOT NULL AND not_evaluated IS NULL) AS deviation,
       min(sap_sequence) FILTER (WHERE deviation IS NOT NULL) AS sap_sequence,
       min(mes_sequence) FILTER (WHERE deviation IS NOT NULL) AS mes_sequence,
       min(sap_resource) FILTER (WHERE deviation IS NOT NULL) AS sap_resource,
       min(mes_resource) FILTER (WHERE deviation IS NOT NULL) AS mes_resource,
       min(routing) FILTER (WHERE deviation IS NOT NULL) AS mes_routing,
       bool_and(moving) FILTER (WHERE deviation IS NOT NULL AND not_evaluated IS NULL) AS moving
FROM compared
GROUP BY system, plant, material, operation_no
