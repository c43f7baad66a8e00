/* ---
pairing: component_plan
title: Components that an order requires
key: [order_no, component]
from: [pairing.consumption, sap.component, sap.work_order, mes.work_order, mes.component, mes.movement, sap.unit_conversion, sap.price]
workflow: goods-movement
settle: 2h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.component, match: {order_no: order_no, component: material}}
  - {table: sap.movement, match: {order_no: order_no, component: material}, where: "kind = 'consumption'"}
  - {table: mes.movement, match: {order_no: order_no, component: material}, where: "kind = 'consumption'"}
  - {table: mes.component, match: {order_no: order_no, component: material}}
--- */
WITH ordered AS (
    SELECT o.system,
           o.plant,
           o.order_no,
           min(o.problems) AS problems,
           bool_or(o.ambiguous) OR count(*) > 1 AS ambiguous,
           min(o.released_at) AS released_at,
           bool_or(coalesce(o.technically_complete, false)) AS technically_complete,
           bool_and(coalesce(o.delivery_completed, false)) AS delivered,
           bool_and(coalesce(o.finally_confirmed, false)) AS confirmed,
           bool_or(o.moving) AS moving,
           min(o.planned_quantity) AS planned,
           -- What was received was made, whether or not its confirmation arrived.
           max(greatest(o.yield_quantity, o.produced_quantity)) AS achieved,
           max(o.changed_at) AS changed_at
    FROM sap.work_order o
    JOIN params p ON p.system = o.system AND p.plant = o.plant
    WHERE o.order_type IS NULL OR list_contains(p.order_types, o.order_type)
    GROUP BY o.system, o.plant, o.order_no
),
-- Several sources of one system may hold the same material; its conversions count once, and where they differ none of them does.
conversion AS (
    SELECT system, material, unit, min(base_unit) AS base_unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
-- Phantoms dissolve, bulk is never issued, and by-products come out. Completing an order technically deletes what is left of its reservation; what was required
-- is required all the same.
item AS (
    SELECT c.system,
           c.plant,
           c.order_no,
           c.material,
           c.alternative_group,
           c.changed_at,
           coalesce(c.final_issue, false) AS final_issue,
           coalesce(c.fixed_quantity, false) AS fixed_quantity,
           coalesce(c.backflush, false) AS backflush,
           CASE WHEN c.required_quantity * u.factor < 1000000000000 THEN CAST(c.required_quantity * u.factor AS DECIMAL(18, 6)) END AS required,
           u.base_unit,
           CASE
               WHEN c.problems IS NOT NULL THEN concat('unreadable: ', c.problems)
               WHEN c.ambiguous THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated,
           CASE
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(c.unit, 'no unit'), ' for ', c.material)
               WHEN c.required_quantity IS NULL THEN 'unreadable: no required quantity'
               WHEN c.required_quantity * u.factor >= 1000000000000 THEN concat('unreadable: ', c.required_quantity, ' ', c.unit, ' is more than a quantity can be')
           END AS unmeasured
    FROM sap.component c
    JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
    LEFT JOIN conversion u ON u.system = c.system AND u.material = c.material AND u.unit = c.unit
    WHERE c.material IS NOT NULL AND coalesce(c.required_quantity > 0, true)
      AND NOT coalesce(c.phantom, false) AND NOT coalesce(c.bulk, false) AND NOT coalesce(c.by_product, false) AND NOT coalesce(c.co_product, false)
      AND (NOT coalesce(c.deleted, false) OR o.technically_complete)
),
required AS (
    SELECT system,
           plant,
           order_no,
           material,
           min(alternative_group) AS alternative_group,
           bool_and(final_issue) AS final_issue,
           bool_or(backflush) AS backflush,
           coalesce(sum(required) FILTER (WHERE fixed_quantity), 0) AS fixed,
           coalesce(sum(required) FILTER (WHERE NOT fixed_quantity), 0) AS growing,
           max(base_unit) AS unit,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated,
           min(unmeasured) AS unmeasured
    FROM item
    GROUP BY system, plant, order_no, material
),
used AS (
    SELECT system,
           plant,
           order_no,
           component AS material,
           sum(sap_rows) AS sap_rows,
           sum(mes_rows) AS mes_rows,
           sum(sap_settled) AS sap_settled,
           sum(sap_low) AS sap_low,
           sum(sap_high) AS sap_high,
           sum(mes_settled) AS mes_settled,
           sum(mes_low) AS mes_low,
           sum(mes_high) AS mes_high,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated
    FROM pairing.consumption
    GROUP BY system, plant, order_no, component
),
built AS (
    SELECT system, plant, order_no, material
    FROM used
    WHERE mes_high > 0
),
-- What stands for a component: another one of its group, a substitute approved for the order, and what the order took under a deviation without its being required.
stand_in AS (
    SELECT r.system, r.plant, r.order_no, r.material
    FROM required r
    JOIN required other
      ON other.system = r.system AND other.plant = r.plant AND other.order_no = r.order_no AND other.alternative_group = r.alternative_group
    JOIN built b ON b.system = r.system AND b.plant = r.plant AND b.order_no = r.order_no AND b.material = other.material
    UNION ALL
    SELECT c.system, c.plant, c.order_no, c.substitute_for
    FROM mes.component c
    JOIN built b ON b.system = c.system AND b.plant = c.plant AND b.order_no = c.order_no AND b.material = c.material
    WHERE c.substitute_for IS NOT NULL
    UNION ALL
    SELECT r.system, r.plant, r.order_no, r.material
    FROM required r
    JOIN mes.movement m ON m.system = r.system AND m.plant = r.plant AND m.order_no = r.order_no
    LEFT JOIN required own ON own.system = m.system AND own.plant = m.plant AND own.order_no = m.order_no AND own.material = m.material
    WHERE m.kind = 'consumption' AND m.quantity > 0 AND m.case_no IS NOT NULL AND own.material IS NULL
),
stood_for AS (
    SELECT system, plant, order_no, material
    FROM stand_in
    GROUP BY system, plant, order_no, material
),
recorded AS (
    SELECT system,
           plant,
           order_no,
           material,
           bool_and(measured) AS measured,
           min(CASE
                   WHEN problems IS NOT NULL THEN concat('unreadable: ', problems)
                   WHEN ambiguous THEN 'ambiguous: rows with equal keys differ'
               END) AS not_evaluated
    FROM mes.component
    GROUP BY system, plant, order_no, material
),
executed AS (
    SELECT system,
           plant,
           order_no,
           bool_or(closed) AND NOT bool_or(moving) AS complete,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) OR count(*) > 1 AS ambiguous
    FROM mes.work_order
    GROUP BY system, plant, order_no
),
priced AS (
    SELECT system, plant, material, CASE WHEN min(price) = max(price) THEN min(price) END AS price
    FROM sap.price
    GROUP BY system, plant, material
)
SELECT r.system,
       r.plant,
       r.order_no,
       r.material AS component,
       greatest(r.changed_at, o.changed_at, u.changed_at, e.changed_at) AS changed_at,
       CASE
           WHEN o.problems IS NOT NULL THEN concat('unreadable: ', o.problems)
           WHEN o.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN coalesce(r.not_evaluated, u.not_evaluated, m.not_evaluated) IS NOT NULL THEN coalesce(r.not_evaluated, u.not_evaluated, m.not_evaluated)
           WHEN o.released_at < cut.complete_from THEN 'before history'
       END AS not_evaluated,
       CASE
           WHEN e.problems IS NOT NULL THEN concat('unreadable: ', e.problems)
           WHEN e.ambiguous THEN 'ambiguous: rows with equal keys differ'
       END AS mes_not_evaluated,
       CASE
           WHEN r.unmeasured IS NOT NULL THEN r.unmeasured
           WHEN o.achieved IS NULL OR coalesce(o.planned, 0) <= 0 OR abs(r.growing * o.achieved) >= 1000000000000 * o.planned
               THEN 'unreadable: no yield to compare with the planned quantity'
       END AS unplanned,
       r.final_issue AS sap_final_issue,
       r.alternative_group,
       r.fixed + r.growing AS required,
       -- What the yield that was achieved needs: component and operation scrap are in what is required.
       CASE WHEN abs(r.growing * o.achieved) < 1000000000000 * o.planned THEN r.fixed + CAST(r.growing * o.achieved / o.planned AS DECIMAL(18, 6)) END AS expected,
       o.planned,
       o.achieved,
       o.delivered,
       o.moving AS order_moving,
       -- What the last confirmation issues is not there before it.
       r.backflush AND NOT o.confirmed AND NOT (coalesce(u.mes_rows, 0) > 0 AND coalesce(m.measured, true)) AS awaits_confirmation,
       coalesce(u.sap_rows, 0) AS sap_rows,
       coalesce(u.sap_settled, 0) AS sap_settled,
       coalesce(u.mes_rows, 0) AS mes_rows,
       coalesce(u.mes_settled, 0) AS mes_settled,
       -- The MES is believed where it measures.
       coalesce(u.mes_rows, 0) > 0 AND coalesce(m.measured, true) AS by_mes,
       CASE WHEN u.mes_rows > 0 AND coalesce(m.measured, true) THEN u.mes_settled ELSE coalesce(u.sap_settled, 0) END AS actual,
       CASE WHEN u.mes_rows > 0 AND coalesce(m.measured, true) THEN u.mes_low ELSE coalesce(u.sap_low, 0) END AS actual_low,
       CASE WHEN u.mes_rows > 0 AND coalesce(m.measured, true) THEN u.mes_high ELSE coalesce(u.sap_high, 0) END AS actual_high,
       coalesce(m.measured, true) AS mes_measured,
       coalesce(u.mes_high > 0, false) AS mes_built,
       s.material IS NOT NULL AS mes_stood_for,
       coalesce(e.complete, false) AS mes_complete,
       p.price,
       r.unit
FROM required r
JOIN cut ON cut.system = r.system AND cut.plant = r.plant
JOIN ordered o ON o.system = r.system AND o.plant = r.plant AND o.order_no = r.order_no
LEFT JOIN used u ON u.system = r.system AND u.plant = r.plant AND u.order_no = r.order_no AND u.material = r.material
LEFT JOIN recorded m ON m.system = r.system AND m.plant = r.plant AND m.order_no = r.order_no AND m.material = r.material
LEFT JOIN stood_for s ON s.system = r.system AND s.plant = r.plant AND s.order_no = r.order_no AND s.material = r.material
LEFT JOIN executed e ON e.system = r.system AND e.plant = r.plant AND e.order_no = r.order_no
LEFT JOIN priced p ON p.system = r.system AND p.plant = r.plant AND p.material = r.material
