/* ---
pairing: scrap_and_by_product
title: Scrap and by-products that the MES booked for an order
key: [order_no, material]
from: [sap.movement, mes.movement, sap.work_order, sap.unit_conversion]
workflow: goods-movement
settle: 2h
local: order_no
evidence:
  - {table: sap.movement, match: {order_no: order_no, material: material}, where: "kind IN ('scrap', 'by-product', 'output')"}
  - {table: mes.movement, match: {order_no: order_no, material: material}, where: "kind IN ('scrap', 'by-product', 'output')"}
messages:
  - {match: {order_no: order_no, material: material}}
  - {behind: mes.movement, match: {reference: reference}}
--- */
-- An order that was read in two versions is still one order here; where they name two products it has none.
WITH ordered AS (
    SELECT system, plant, order_no, CASE WHEN min(material) = max(material) THEN min(material) END AS product, min(released_at) AS released_at
    FROM sap.work_order
    GROUP BY system, plant, order_no
),
-- SAP scraps to a cost centre and names no order (551); the event that it quotes does.
scrap_event AS (
    SELECT system, plant, reference, min(order_no) AS order_no
    FROM mes.movement
    WHERE kind = 'scrap'
    GROUP BY system, plant, reference
),
booked AS (
    SELECT 'sap' AS side, m.system, m.plant, coalesce(m.order_no, e.order_no) AS order_no, m.material, m.kind, m.quantity, m.unit, m.catch_quantity,
           m.catch_unit, m.changed_at, m.moving, m.problems, m.ambiguous
    FROM sap.movement m
    LEFT JOIN scrap_event e ON e.system = m.system AND e.plant = m.plant AND e.reference = m.reference AND m.kind = 'scrap'
    WHERE m.kind IN ('scrap', 'by-product', 'output')
    UNION ALL
    SELECT 'mes', system, plant, order_no, material, kind, quantity, unit, catch_quantity, catch_unit, changed_at, moving, problems, ambiguous
    FROM mes.movement
    WHERE kind IN ('scrap', 'by-product', 'output')
),
-- A co-product is received like the product (101): what an order puts out besides what it was made for.
sorted AS (
    SELECT b.*, b.kind = 'scrap' AS scrapped, b.kind = 'output' AS co_product
    FROM booked b
    LEFT JOIN ordered o ON o.system = b.system AND o.plant = b.plant AND o.order_no = b.order_no
    WHERE b.kind <> 'output' OR o.product <> b.material
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
    SELECT s.*,
           CASE WHEN w.unit IS NULL THEN s.quantity ELSE s.catch_quantity END AS amount,
           coalesce(w.unit, s.unit) AS amount_unit
    FROM sorted s
    LEFT JOIN conversion w
           ON w.system = s.system AND w.material = s.material AND w.unit = s.catch_unit AND s.catch_quantity IS NOT NULL
              AND (w.unit = w.base_unit OR NOT w.nominal)
),
measured AS (
    SELECT s.side,
           s.system,
           s.plant,
           s.order_no,
           s.material,
           s.scrapped,
           s.co_product,
           CASE WHEN abs(s.amount * u.factor) < 1000000000000 THEN CAST(s.amount * u.factor AS DECIMAL(18, 6)) END AS quantity,
           u.base_unit,
           s.changed_at,
           s.moving,
           CASE
               WHEN s.problems IS NOT NULL THEN concat('unreadable: ', s.problems)
               WHEN s.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN abs(s.amount * u.factor) >= 1000000000000 THEN concat('unreadable: ', s.amount, ' ', s.amount_unit, ' is more than a quantity can be')
               WHEN u.factor IS NULL THEN concat('no conversion from ', coalesce(s.amount_unit, 'no unit'), ' for ', coalesce(s.material, 'no material'))
               WHEN u.nominal THEN concat('only an average converts ', s.amount_unit, ' to ', u.base_unit, ' for ', s.material)
           END AS not_evaluated
    FROM stated s
    LEFT JOIN conversion u ON u.system = s.system AND u.material = s.material AND u.unit = s.amount_unit
),
compared AS (
    SELECT system,
           plant,
           order_no,
           material,
           scrapped,
           count(*) FILTER (WHERE side = 'sap') AS sap_rows,
           count(*) FILTER (WHERE side = 'mes') AS mes_rows,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND NOT moving), 0) AS sap_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'sap' AND moving AND quantity > 0), 0) AS sap_coming,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND NOT moving), 0) AS mes_settled,
           coalesce(sum(quantity) FILTER (WHERE side = 'mes' AND moving AND quantity < 0), 0) AS mes_leaving,
           bool_and(co_product) FILTER (WHERE side = 'mes') AS co_product,
           max(base_unit) AS unit,
           max(changed_at) AS changed_at,
           min(changed_at) AS first_at,
           min(not_evaluated) AS not_evaluated
    FROM measured
    GROUP BY system, plant, order_no, material, scrapped
),
judged AS (
    SELECT c.*,
           CASE
               WHEN c.not_evaluated IS NOT NULL THEN c.not_evaluated
               WHEN coalesce(o.released_at, c.first_at) < cut.complete_from THEN 'before history'
           END AS unjudged
    FROM compared c
    JOIN cut ON cut.system = c.system AND cut.plant = c.plant
    LEFT JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
    WHERE c.mes_rows > 0
)
-- An order seldom scraps its own by-product: one row has room for both, and each has its own reason not to be judged.
SELECT system,
       plant,
       order_no,
       material,
       max(changed_at) AS changed_at,
       min(unjudged) AS not_evaluated,
       min(unjudged) FILTER (WHERE scrapped) AS scrap_not_evaluated,
       max(sap_rows) FILTER (WHERE scrapped) AS sap_scrap_rows,
       max(mes_rows) FILTER (WHERE scrapped) AS mes_scrap_rows,
       max(sap_settled) FILTER (WHERE scrapped) AS sap_scrap,
       max(mes_settled) FILTER (WHERE scrapped) AS mes_scrap,
       max(sap_settled + sap_coming) FILTER (WHERE scrapped) AS sap_scrap_high,
       max(mes_settled + mes_leaving) FILTER (WHERE scrapped) AS mes_scrap_low,
       max(changed_at) FILTER (WHERE scrapped) AS scrap_changed_at,
       min(unjudged) FILTER (WHERE NOT scrapped) AS by_product_not_evaluated,
       max(sap_rows) FILTER (WHERE NOT scrapped) AS sap_by_product_rows,
       max(mes_rows) FILTER (WHERE NOT scrapped) AS mes_by_product_rows,
       max(sap_settled) FILTER (WHERE NOT scrapped) AS sap_by_product,
       max(mes_settled) FILTER (WHERE NOT scrapped) AS mes_by_product,
       max(sap_settled + sap_coming) FILTER (WHERE NOT scrapped) AS sap_by_product_high,
       max(mes_settled + mes_leaving) FILTER (WHERE NOT scrapped) AS mes_by_product_low,
       bool_or(co_product) FILTER (WHERE NOT scrapped) AS mes_co_product,
       max(changed_at) FILTER (WHERE NOT scrapped) AS by_product_changed_at,
       max(unit) AS unit
FROM judged
GROUP BY system, plant, order_no, material
