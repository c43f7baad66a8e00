/* ---
pairing: executed_order
title: Orders of SAP that the MES holds and has not cancelled
key: [order_no]
from: [sap.work_order, mes.work_order]
workflow: order-status
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: mes.work_order, match: {order_no: order_no}}
--- */
-- By which version, and which recipe, SAP planned the order and the MES makes it.
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           bool_or(s.order_type IS NULL) AS untyped,
           min(s.material) AS material,
           min(s.bom) AS bom,
           min(s.bom_alternative) AS bom_alternative,
           min(s.production_version) AS production_version,
           min(s.revision) AS revision,
           bool_or(s.moving) AS moving
    FROM sap.work_order s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.order_type IS NULL OR list_contains(p.order_types, s.order_type)
    GROUP BY s.system, s.plant, s.order_no
),
mes_order AS (
    SELECT system,
           plant,
           order_no,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) OR count(*) > 1 AS ambiguous,
           min(bom) AS bom,
           min(bom_alternative) AS bom_alternative,
           min(production_version) AS production_version,
           min(revision) AS revision,
           min(recipe) AS recipe,
           min(recipe_version) AS recipe_version,
           min(started_at) AS started_at,
           bool_or(started_at IS NOT NULL OR coalesce(closed, false)) AS started,
           bool_or(moving) AS moving
    FROM mes.work_order
    WHERE NOT coalesce(local, false)
    GROUP BY system, plant, order_no
    HAVING NOT bool_and(coalesce(cancelled, false))
)
SELECT s.system,
       s.plant,
       s.order_no,
       greatest(s.changed_at, m.changed_at) AS changed_at,
       CASE
           WHEN s.problems IS NOT NULL OR m.problems IS NOT NULL THEN concat('unreadable: ', coalesce(s.problems, m.problems))
           WHEN s.ambiguous OR m.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN s.untyped THEN 'unreadable: no order type'
       END AS not_evaluated,
       s.material AS sap_material,
       s.bom AS sap_bom,
       s.bom_alternative AS sap_bom_alternative,
       s.production_version AS sap_production_version,
       s.revision AS sap_revision,
       m.bom AS mes_bom,
       m.bom_alternative AS mes_bom_alternative,
       m.production_version AS mes_production_version,
       m.revision AS mes_revision,
       m.recipe AS mes_recipe,
       m.recipe_version AS mes_recipe_version,
       m.started_at AS mes_started_at,
       m.started AS mes_started,
       s.moving OR m.moving AS moving
FROM sap_order s
JOIN cut ON cut.system = s.system AND cut.plant = s.plant
JOIN mes_order m ON m.system = s.system AND m.plant = s.plant AND m.order_no = s.order_no
