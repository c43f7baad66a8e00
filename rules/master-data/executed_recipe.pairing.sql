/* ---
pairing: executed_recipe
title: Orders of which the MES names the recipe
key: [order_no]
from: [pairing.executed_order, mes.production_version]
workflow: order-status
settle: 4h
local: order_no
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: mes.work_order, match: {order_no: order_no}}
--- */
-- Approved is what was approved for the production version that SAP's order carries, by when the MES began.
-- What is not begun yet will be, so it is held against today.
WITH judged AS (
    SELECT o.*,
           coalesce(o.mes_started_at, cut.cut) AS begun_at,
           CASE WHEN o.mes_started_at IS NULL THEN cut.day ELSE CAST(o.mes_started_at AS DATE) END AS begun_on
    FROM pairing.executed_order o
    JOIN cut ON cut.system = o.system AND cut.plant = o.plant
    WHERE o.mes_recipe IS NOT NULL
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
    JOIN mes.production_version v ON v.system = j.system AND v.plant = j.plant AND v.material = j.sap_material
        AND v.production_version IS NOT DISTINCT FROM j.sap_production_version
        AND v.recipe = j.mes_recipe AND v.recipe_version IS NOT DISTINCT FROM j.mes_recipe_version
    GROUP BY j.system, j.plant, j.order_no
)
SELECT j.system,
       j.plant,
       j.order_no,
       j.changed_at,
       CASE
           WHEN j.not_evaluated IS NOT NULL THEN j.not_evaluated
           WHEN NOT v.approved_then AND v.unclear
               THEN CASE WHEN v.problems IS NOT NULL THEN concat('unreadable: ', v.problems)
                         WHEN v.ambiguous THEN 'ambiguous: rows with equal keys differ'
                         ELSE 'unreadable: the MES does not say whether the recipe is approved' END
       END AS not_evaluated,
       j.sap_material,
       j.sap_production_version,
       j.mes_recipe,
       j.mes_recipe_version,
       j.mes_started,
       CASE
           WHEN coalesce(v.versions, 0) = 0 THEN 'not made for the production version'
           WHEN NOT v.approved THEN 'not approved'
           WHEN NOT v.approved_then THEN 'not approved or not valid when the order began'
           ELSE 'approved'
       END AS mes_approval,
       j.moving OR coalesce(v.moving, false) AS moving
FROM judged j
LEFT JOIN version v ON v.system = j.system AND v.plant = j.plant AND v.order_no = j.order_no
