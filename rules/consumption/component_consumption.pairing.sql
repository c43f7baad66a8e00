/* ---
pairing: component_consumption
title: Consumption of a component by an order, over all its batches
key: [order_no, component]
from: [pairing.consumption]
workflow: goods-movement
settle: 2h
local: order_no
params:
  abs_tol: 0.001
  rel_tol: 0.005
evidence:
  - {table: sap.movement, match: {order_no: order_no, component: material}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {order_no: order_no, component: material}, where: "kind = 'consumption'"}
messages:
  - {match: {order_no: order_no, component: material}}
  - {behind: mes.movement, match: {reference: reference}}
--- */
WITH measured AS (
    SELECT c.system,
           c.plant,
           c.order_no,
           c.component,
           c.batch,
           c.changed_at,
           c.not_evaluated,
           c.sap_rows,
           c.mes_rows,
           c.sap_settled,
           c.mes_settled,
           c.unit,
           greatest(c.sap_low, c.mes_low) - least(c.sap_high, c.mes_high) AS apart,
           greatest(p.abs_tol, p.rel_tol * abs(c.mes_settled)) AS tolerance
    FROM pairing.consumption c
    JOIN cut ON cut.system = c.system AND cut.plant = c.plant
    JOIN params p ON p.system = c.system AND p.plant = c.plant
),
-- A batch is one side's alone where the other has no row of it, moving or taken back; it has more where the settled sums are apart.
sided AS (
    SELECT m.*,
           CASE WHEN sap_settled - mes_settled > tolerance THEN sap_settled - mes_settled END AS sap_more,
           CASE WHEN mes_settled - sap_settled > tolerance THEN mes_settled - sap_settled END AS mes_more,
           mes_rows = 0 AND sap_settled > tolerance AS sap_alone,
           sap_rows = 0 AND mes_settled > tolerance AS mes_alone,
           apart > tolerance AS firm
    FROM measured m
)
SELECT system,
       plant,
       order_no,
       component,
       max(changed_at) AS changed_at,
       min(not_evaluated) AS not_evaluated,
       sum(sap_rows) AS sap_rows,
       sum(mes_rows) AS mes_rows,
       sum(sap_settled) AS sap_settled,
       sum(mes_settled) AS mes_settled,
       -- A batch that has no other in its place is named; of several none is.
       CASE WHEN count(sap_more) > 1 THEN 'several' ELSE min(batch) FILTER (WHERE sap_more IS NOT NULL) END AS sap_batch,
       CASE WHEN count(mes_more) > 1 THEN 'several' ELSE min(batch) FILTER (WHERE mes_more IS NOT NULL) END AS mes_batch,
       coalesce(sum(sap_more), 0) AS sap_more,
       coalesce(sum(mes_more), 0) AS mes_more,
       count(*) FILTER (WHERE sap_alone) AS sap_alone,
       count(*) FILTER (WHERE mes_alone) AS mes_alone,
       -- The same of what nothing on its way can explain.
       count(*) FILTER (WHERE sap_more IS NOT NULL AND firm) AS sap_firm_more,
       count(*) FILTER (WHERE mes_more IS NOT NULL AND firm) AS mes_firm_more,
       count(*) FILTER (WHERE sap_alone AND firm) AS sap_firm_alone,
       count(*) FILTER (WHERE mes_alone AND firm) AS mes_firm_alone,
       max(unit) AS unit
FROM sided
GROUP BY system, plant, order_no, component
