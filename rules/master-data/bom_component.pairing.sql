/* ---
pairing: bom_component
title: Components of the BOMs that the MES holds
key: [material, revision, component]
from: [sap.bom_item, mes.bom_item, sap.unit_conversion]
workflow: master-data
settle: 24h
local: material
params:
  bom_usages: ["1"]
  abs_tol: 0.001
  rel_tol: 0.001
evidence:
  - {table: sap.bom_item, match: {material: material, component: component}}
  - {table: mes.bom_item, match: {material: material, component: component}}
--- */
-- Each list of the MES (a material's alternative in one revision) stands beside SAP's list of that revision: the items that were valid when its last change came into
-- force. A list without a revision stands beside what is valid today.
WITH sap_item AS (
    SELECT s.system,
           s.plant,
           s.material,
           s.alternative,
           s.revision,
           s.component,
           s.quantity,
           s.unit,
           s.base_quantity,
           s.base_unit,
           s.fixed_quantity,
           s.phantom,
           s.bulk,
           s.valid_from,
           s.valid_to,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) AS ambiguous,
           bool_or(s.moving) AS moving
    FROM sap.bom_item s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE NOT coalesce(s.deletion_flag, false) AND (s.bom_usage IS NULL OR list_contains(p.bom_usages, s.bom_usage))
    -- Several sources of one system may hold the same list; an item of it counts once.
    GROUP BY s.system, s.plant, s.material, s.bom_usage, s.alternative, s.revision, s.item, s.component, s.quantity, s.unit, s.base_quantity, s.base_unit,
             s.fixed_quantity, s.phantom, s.bulk, s.valid_from, s.valid_to
),
mes_item AS (
    SELECT m.*
    FROM mes.bom_item m
    JOIN cut ON cut.system = m.system AND cut.plant = m.plant
    WHERE NOT coalesce(m.deletion_flag, false)
      AND (m.valid_from IS NULL OR m.valid_from <= cut.day)
      AND (m.valid_to IS NULL OR m.valid_to >= cut.day)
),
sap_alternative AS (
    SELECT system, plant, material, count(DISTINCT coalesce(alternative, '')) AS alternatives, min(alternative) AS alternative
    FROM sap_item
    GROUP BY system, plant, material
),
revision_day AS (
    SELECT system, plant, material, alternative, revision, max(coalesce(valid_from, DATE '1900-01-01')) AS day
    FROM sap_item
    GROUP BY system, plant, material, alternative, revision
),
held AS (
    SELECT system, plant, source, material, alternative AS mes_alternative, revision FROM mes_item GROUP BY system, plant, source, material, alternative, revision
),
-- An alternative that the MES does not name is SAP's only one.
named AS (
    SELECT h.system,
           h.plant,
           h.source,
           h.material,
           h.mes_alternative,
           h.revision,
           coalesce(h.mes_alternative, a.alternative) AS alternative,
           h.mes_alternative IS NULL AND a.alternatives > 1 AS undecided
    FROM held h
    LEFT JOIN sap_alternative a ON a.system = h.system AND a.plant = h.plant AND a.material = h.material
),
kept AS (
    SELECT DISTINCT system, plant, material, alternative FROM sap_item
),
list AS (
    SELECT n.system,
           n.plant,
           n.source,
           n.material,
           n.mes_alternative,
           n.alternative,
           n.revision,
           n.undecided,
           n.revision IS NOT NULL AND r.day IS NULL AND k.material IS NOT NULL AS unknown_revision,
           CASE WHEN n.revision IS NULL THEN cut.day ELSE r.day END AS day
    FROM named n
    JOIN cut ON cut.system = n.system AND cut.plant = n.plant
    LEFT JOIN revision_day r ON r.system = n.system AND r.plant = n.plant AND r.material = n.material
        AND r.alternative IS NOT DISTINCT FROM n.alternative AND r.revision = n.revision
    LEFT JOIN kept k ON k.system = n.system AND k.plant = n.plant AND k.material = n.material AND k.alternative IS NOT DISTINCT FROM n.alternative
),
item AS (
    SELECT 'sap' AS side, l.system, l.plant, l.source, l.material, l.mes_alternative, l.revision, s.component, s.quantity, s.unit, s.base_quantity, s.base_unit,
           s.fixed_quantity, s.phantom, s.bulk, s.changed_at, s.problems, s.ambiguous, s.moving
    FROM list l
    JOIN sap_item s ON s.system = l.system AND s.plant = l.plant AND s.material = l.material AND s.alternative IS NOT DISTINCT FROM l.alternative
        AND (s.valid_from IS NULL OR s.valid_from <= l.day) AND (s.valid_to IS NULL OR s.valid_to >= l.day)
    WHERE NOT l.undecided
    UNION ALL
    SELECT 'mes', system, plant, source, material, alternative, revision, component, quantity, unit, base_quantity, base_unit,
           fixed_quantity, phantom, bulk, changed_at, problems, ambiguous, moving
    FROM mes_item
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
counted AS (
    SELECT i.*,
           CASE WHEN abs(i.quantity * c.factor) < 1000000000000 THEN CAST(i.quantity * c.factor AS DECIMAL(18, 6)) END AS amount,
           CASE WHEN abs(i.base_quantity * CASE WHEN i.base_unit IS NULL THEN 1 ELSE b.factor END) < 1000000000000
                THEN CAST(i.base_quantity * CASE WHEN i.base_unit IS NULL THEN 1 ELSE b.factor END AS DECIMAL(18, 6)) END AS base_amount,
           CASE WHEN c.factor IS NULL THEN concat('no conversion from ', coalesce(i.unit, 'no unit'), ' for ', i.component)
                WHEN i.base_unit IS NOT NULL AND b.factor IS NULL THEN concat('no conversion from ', i.base_unit, ' for ', i.material)
                WHEN abs(i.quantity * c.factor) >= 1000000000000 THEN concat('unreadable: ', i.quantity, ' ', i.unit, ' is more than a quantity can be')
                WHEN abs(i.base_quantity * b.factor) >= 1000000000000
                    THEN concat('unreadable: ', i.base_quantity, ' ', i.base_unit, ' is more than a quantity can be') END AS unconverted
    FROM item i
    LEFT JOIN conversion c ON c.system = i.system AND c.material = i.component AND c.unit = i.unit
    LEFT JOIN conversion b ON b.system = i.system AND b.material = i.material AND b.unit = i.base_unit
),
-- Quantities are told for SAP's base quantity, or the MES's where SAP has no such list.
base AS (
    SELECT system, plant, source, material, mes_alternative, revision, coalesce(max(base_amount) FILTER (WHERE side = 'sap'), max(base_amount)) AS base_amount
    FROM counted
    GROUP BY system, plant, source, material, mes_alternative, revision
),
scaled AS (
    SELECT i.*,
           b.base_amount AS told_for,
           CASE WHEN i.fixed_quantity THEN i.amount
                ELSE TRY_CAST(i.amount * TRY_CAST(b.base_amount / nullif(i.base_amount, 0) AS DECIMAL(20, 12)) AS DECIMAL(18, 6)) END AS told
    FROM counted i
    JOIN base b ON b.system = i.system AND b.plant = i.plant AND b.source = i.source AND b.material = i.material
        AND b.mes_alternative IS NOT DISTINCT FROM i.mes_alternative AND b.revision IS NOT DISTINCT FROM i.revision
),
summed AS (
    SELECT i.system,
           i.plant,
           i.source,
           i.material,
           i.mes_alternative,
           i.revision,
           i.component,
           max(i.changed_at) AS changed_at,
           count(*) FILTER (WHERE i.side = 'sap') AS sap_items,
           count(*) FILTER (WHERE i.side = 'mes') AS mes_items,
           sum(i.told) FILTER (WHERE i.side = 'sap') AS sap_quantity,
           sum(i.told) FILTER (WHERE i.side = 'mes') AS mes_quantity,
           bool_or(i.fixed_quantity) FILTER (WHERE i.side = 'sap') <> bool_or(i.fixed_quantity) FILTER (WHERE i.side = 'mes') AS fixed_differs,
           bool_or(coalesce(i.phantom, false) OR coalesce(i.bulk, false)) AS never_issued,
           coalesce(min(i.unconverted),
                    min(CASE WHEN i.told IS NULL AND i.amount IS NOT NULL AND i.base_amount > 0
                             THEN concat('unreadable: for ', i.told_for, ' in place of ', i.base_amount, ' it is more than a quantity can be') END)) AS unconverted,
           min(i.problems) AS problems,
           bool_or(i.ambiguous) AS ambiguous,
           bool_or(i.moving) AS moving
    FROM scaled i
    GROUP BY i.system, i.plant, i.source, i.material, i.mes_alternative, i.revision, i.component
),
compared AS (
    SELECT s.system,
           s.plant,
           s.material,
           s.revision,
           s.component,
           s.changed_at,
           CASE
               WHEN s.problems IS NOT NULL THEN concat('unreadable: ', s.problems)
               WHEN s.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN l.undecided THEN 'the MES does not say which of SAP''s alternatives'
               WHEN l.unknown_revision THEN concat('SAP has no revision ', l.revision)
               WHEN s.sap_items > 0 AND s.mes_items > 0 THEN s.unconverted
           END AS not_evaluated,
           l.alternative,
           CASE
               WHEN s.mes_items = 0 THEN 'missing'
               WHEN s.sap_items = 0 THEN 'extra'
               WHEN s.fixed_differs THEN 'fixed on one side'
               WHEN s.sap_quantity IS NULL <> (s.mes_quantity IS NULL) OR abs(s.sap_quantity - s.mes_quantity) > greatest(p.abs_tol, p.rel_tol * abs(s.sap_quantity)) THEN 'quantity'
           END AS deviation,
           s.sap_quantity,
           s.mes_quantity,
           s.moving
    FROM summed s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    JOIN list l ON l.system = s.system AND l.plant = s.plant AND l.source = s.source AND l.material = s.material
        AND l.mes_alternative IS NOT DISTINCT FROM s.mes_alternative AND l.revision IS NOT DISTINCT FROM s.revision
    WHERE NOT s.never_issued
),
own_unit AS (
    SELECT system, material, min(base_unit) AS base_unit FROM sap.unit_conversion GROUP BY system, material
)
-- A component that differs in several alternatives is told by the first of them.
SELECT c.system,
       c.plant,
       c.material,
       c.revision,
       c.component,
       max(c.changed_at) AS changed_at,
       CASE WHEN count(*) FILTER (WHERE c.deviation IS NOT NULL AND c.not_evaluated IS NULL) = 0 THEN min(c.not_evaluated) END AS not_evaluated,
       min(c.alternative) FILTER (WHERE c.deviation IS NOT NULL) AS alternative,
       min_by(c.deviation, coalesce(c.alternative, '')) FILTER (WHERE c.deviation IS NOT NULL AND c.not_evaluated IS NULL) AS deviation,
       min(c.sap_quantity) FILTER (WHERE c.deviation IS NOT NULL AND c.not_evaluated IS NULL) AS sap_quantity,
       min(c.mes_quantity) FILTER (WHERE c.deviation IS NOT NULL AND c.not_evaluated IS NULL) AS mes_quantity,
       min(u.base_unit) AS unit,
       bool_and(c.moving) FILTER (WHERE c.deviation IS NOT NULL AND c.not_evaluated IS NULL) AS moving
FROM compared c
LEFT JOIN own_unit u ON u.system = c.system AND u.material = c.component
GROUP BY c.system, c.plant, c.material, c.revision, c.component
