/* ---
pairing: consumption_period
title: Consumption of a component by an order, by posting period
key: [order_no, component]
from: [sap.movement, mes.movement, sap.posting_period, sap.work_order, sap.unit_conversion]
workflow: goods-movement
settle: 2h
local: order_no
params:
  period_kind: finance
evidence:
  - {table: sap.movement, match: {order_no: order_no, component: material}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {order_no: order_no, component: material}, where: "kind = 'consumption'"}
--- */
-- The day of the MES is its production day, whose shift may begin before midnight; of SAP the posting day.
WITH booked AS (
    SELECT 'sap' AS side, system, plant, order_no, material, posting_date AS day, quantity, unit, catch_quantity, catch_unit, changed_at, moving,
           problems, ambiguous
    FROM sap.movement
    WHERE kind = 'consumption'
    UNION ALL
    SELECT 'mes', system, plant, order_no, material, coalesce(production_date, posting_date), quantity, unit, catch_quantity, catch_unit, changed_at, moving,
           problems, ambiguous
    FROM mes.movement
    WHERE kind = 'consumption'
),
fiscal AS (
    SELECT f.system, f.plant, concat(f.fiscal_year, '/', f.period) AS period, min(f.first_day) AS first_day, max(f.last_day) AS last_day
    FROM sap.posting_period f
    JOIN params p ON p.system = f.system AND p.plant = f.plant AND p.period_kind = f.kind
    GROUP BY f.system, f.plant, f.fiscal_year, f.period
),
dated AS (
    SELECT d.system, d.plant, d.day, min(f.period) AS period, count(f.period) AS periods
    FROM (SELECT system, plant, day FROM booked GROUP BY system, plant, day) d
    JOIN fiscal f ON f.system = d.system AND f.plant = d.plant AND d.day BETWEEN f.first_day AND f.last_day
    GROUP BY d.system, d.plant, d.day
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, min(base_unit) AS base_unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor,
           bool_or(nominal) AS nominal
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
-- What an event weighed stands before what it counted, where no average is needed to bring it into the base unit.
stated AS (
    SELECT b.*,
           CASE WHEN w.unit IS NULL THEN b.quantity ELSE b.catch_quantity END AS amount,
           coalesce(w.unit, b.unit) AS amount_unit
    FROM booked b
    LEFT JOIN conversion w
           ON w.system = b.system AND w.material = b.material AND w.unit = b.catch_unit AND b.catch_quantity IS NOT NULL
              AND (w.unit = w.base_unit OR NOT w.nominal)
),
measured AS (
    SELECT b.side,
           b.system,
           b.plant,
           b.order_no,
           b.material AS component,
           d.period,
           CASE WHEN abs(b.amount * u.factor) < 1000000000000 THEN CAST(b.amount * u.factor AS DECIMAL(18, 6)) END AS quantity,
           u.base_unit,
           b.changed_at,
           b.moving,
           CASE
               WHEN b.problems IS NOT NULL THEN concat('unreadable: ', b.problems)
               WHEN b.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN abs(b.amount * u.factor) >= 1000000000000 THEN concat('unreadable: ', b.amount, ' ', b.amount_unit, ' is more than a quantity can be')
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(b.amount_unit, 'no unit'), ' for ', coalesce(b.material, 'no material'))
               WHEN u.nominal THEN concat('only an average converts ', b.amount_unit, ' to ', u.base_unit, ' for ', b.material)
               WHEN b.day IS NULL THEN concat('unreadable: no posting day in ', CASE WHEN b.side = 'sap' THEN 'SAP' ELSE 'the MES' END)
               WHEN d.period IS NULL THEN concat('no posting period holds ', b.day)
               WHEN d.periods > 1 THEN concat('ambiguous: several posting periods hold ', b.day)
           END AS not_evaluated
    FROM stated b
    LEFT JOIN conversion u ON u.system = b.system AND u.material = b.material AND u.unit = b.amount_unit
    LEFT JOIN dated d ON d.system = b.system AND d.plant = b.plant AND d.day = b.day
),
by_period AS (
    SELECT system,
           plant,
           order_no,
           component,
           period,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND NOT moving), 0) AS sap_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND NOT moving), 0) AS mes_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND (NOT moving OR quantity < 0)), 0) AS sap_low,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND (NOT moving OR quantity < 0)), 0) AS mes_low,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND (NOT moving OR quantity > 0)), 0) AS sap_high,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND (NOT moving OR quantity > 0)), 0) AS mes_high,
           max(base_unit) AS unit,
           max(changed_at) AS changed_at,
           min(changed_at) AS first_at,
           min(not_evaluated) AS not_evaluated
    FROM measured
    GROUP BY system, plant, order_no, component, period
),
compared AS (
    SELECT system,
           plant,
           order_no,
           component,
           sum(sap_rows) AS sap_rows,
           sum(mes_rows) AS mes_rows,
           sum(sap_settled) AS sap_settled,
           sum(mes_settled) AS mes_settled,
           -- What lies in a period of the MES and in another one of SAP.
           sum(greatest(mes_settled - sap_settled, 0)) AS displaced,
           max(greatest(sap_low, mes_low) - least(sap_high, mes_high)) AS apart,
           min(period) FILTER (WHERE sap_settled > mes_settled) AS sap_period,
           min(period) FILTER (WHERE mes_settled > sap_settled) AS mes_period,
           max(unit) AS unit,
           max(changed_at) AS changed_at,
           min(first_at) AS first_at,
           min(not_evaluated) AS not_evaluated
    FROM by_period
    GROUP BY system, plant, order_no, component
),
ordered AS (
    SELECT system, plant, order_no, min(released_at) AS released_at
    FROM sap.work_order
    GROUP BY system, plant, order_no
)
SELECT c.system,
       c.plant,
       c.order_no,
       c.component,
       c.changed_at,
       CASE
           WHEN c.not_evaluated IS NOT NULL THEN c.not_evaluated
           WHEN coalesce(o.released_at, c.first_at) < cut.complete_from THEN 'before history'
       END AS not_evaluated,
       c.sap_rows,
       c.sap_settled,
       c.sap_period,
       c.mes_rows,
       c.mes_settled,
       c.mes_period,
       c.displaced,
       c.apart,
       c.unit
FROM compared c
JOIN cut ON cut.system = c.system AND cut.plant = c.plant
LEFT JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
WHERE c.sap_rows > 0 AND c.mes_rows > 0
