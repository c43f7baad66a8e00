/* ---
pairing: executed_recipe
title: Orders of which the MES names the recipe
key: [order_no]
from: [sap.work_order, mes.work_order, mes.production_version]
workflow: order-status
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: mes.work_order, match: {order_no: order_no}}
--- */
-- Approved is what was approved for the production version that SAP's order carries, by when the MES began.
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           bool_or(s.order_type IS NULL) AS untyped,
           min(s.material) AS material,
           min(s.production_version) AS production_version,
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
           min(recipe) AS recipe,
           min(recipe_version) AS recipe_version,
           min(started_at) AS started_at,
           bool_or(started_at IS NOT NULL OR coalesce(closed, false)) AS started,
           bool_and(coalesce(cancelled, false)) AS cancelled,
           bool_or(moving) AS moving
    FROM mes.work_order
    WHERE NOT coalesce(local, false)
    GROUP BY system, plant, order_no
),
-- What is not begun yet will be, so it is held against today.
judged AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           greatest(s.changed_at, m.changed_at) AS changed_at,
           coalesce(s.problems, m.problems) AS problems,
           s.ambiguous OR m.ambiguous AS ambiguous,
           s.untyped,
           s.material,
           s.production_version,
           m.recipe,
           m.recipe_version,
           coalesce(m.started_at, cut.cut) AS begun_at,
           CASE WHEN m.started_at IS NULL THEN cut.day ELSE CAST(m.started_at AS DATE) END AS begun_on,
           m.started,
           s.moving OR m.moving AS moving
    FROM sap_order s
    JOIN cut ON cut.system = s.system AND cut.plant = s.plant
    JOIN mes_order m ON m.system = s.system AND m.plant = s.plant AND m.order_no = s.order_no
    WHERE NOT m.cancelled AND m.recipe IS NOT NULL
),
version AS (
    SELECT j.system,
           j.plant,
           j.order_no,
           count(*) AS versions,
           bool_or(v.problems IS NOT NULL OR v.ambiguous OR v.approved IS NULL) AS unclear,
           min(v.problems) AS problems,
           bool_or(v.ambiguous) AS ambiguous,
           bool_or(coalesce(v.approved, false) AND NOT coalesce(v.locked, false) AND NOT coalesce(v.deletion_flag, false)) AS approved,
           bool_or(coalesce(v.approved, false) AND NOT coalesce(v.locked, false) AND NOT coalesce(v.deletion_flag, false)
                   AND (v.approved_at IS NULL OR v.approved_at <= j.begun_at)
                   AND (v.valid_from IS NULL OR v.valid_from <= j.begun_on)
                   AND (v.valid_to IS NULL OR v.valid_to >= j.begun_on)) AS approved_then,
           bool_or(v.moving) AS moving
    FROM judged j
    JOIN mes.production_version v ON v.system = j.system AND v.plant = j.plant AND v.material = j.material
        AND v.production_version IS NOT DISTINCT FROM j.production_version
        AND v.recipe = j.recipe AND v.recipe_version IS NOT DISTINCT FROM j.recipe_version
    GROUP BY j.system, j.plant, j.order_no
)
SELECT j.system,
       j.plant,
       j.order_no,
       j.changed_at,
       CASE
           WHEN j.problems IS NOT NULL THEN concat('unreadable: ', j.problems)
           WHEN j.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN j.untyped THEN 'unreadable: no order type'
           WHEN NOT v.approved_then AND v.unclear
               THEN CASE WHEN v.problems IS NOT NULL THEN concat('unreadable: ', v.problems)
                         WHEN v.ambiguous THEN 'ambiguous: rows with equal keys differ'
                         ELSE 'unreadable: the MES does not say whether the recipe is approved' END
       END AS not_evaluated,
       j.material AS sap_material,
       j.production_version AS sap_production_version,
       j.recipe AS mes_recipe,
       j.recipe_version AS mes_recipe_version,
       j.started AS mes_started,
       CASE
           WHEN coalesce(v.versions, 0) = 0 THEN 'not made for the production version'
           WHEN NOT v.approved THEN 'not approved'
           WHEN NOT v.approved_then THEN 'not approved or not valid when the order began'
           ELSE 'approved'
       END AS mes_approval,
       j.moving OR coalesce(v.moving, false) AS moving
FROM judged j
LEFT JOIN version v ON v.system = j.system AND v.plant = j.plant AND v.order_no = j.order_no
