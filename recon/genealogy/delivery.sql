-- The table `delivery`: what left for a customer, by batch. A goods issue whose delivery no source tells is taken from its movement.
WITH item AS (
    SELECT system, plant, material, batch, delivery, item_no, customer, quantity, unit, goods_issue_at
    FROM canonical."sap.delivery_item"
    WHERE goods_issued AND kind = 'outbound' AND NOT coalesce(cancelled, false) AND NOT coalesce(returned, false) AND batch IS NOT NULL
),
movement AS (
    SELECT system, plant, material, batch, delivery, delivery_item AS item_no, max(customer) AS customer, TRY_CAST(sum(quantity) AS DECIMAL(18, 6)) AS quantity,
           min(unit) AS unit, max(changed_at) FILTER (WHERE quantity > 0) AS goods_issue_at
    FROM canonical."sap.movement"
    WHERE kind = 'delivery' AND batch IS NOT NULL
      AND (system, coalesce(delivery, '')) NOT IN (SELECT (system, delivery) FROM canonical."sap.delivery_item" WHERE delivery IS NOT NULL)
    GROUP BY system, plant, material, batch, delivery, delivery_item
    HAVING sum(quantity) > 0 OR min(problems) IS NOT NULL
)
SELECT n.id AS batch, coalesce(d.delivery, '') AS delivery, coalesce(d.item_no, '') AS item_no, coalesce(d.customer, '') AS customer,
       millionths(d.quantity) AS quantity, coalesce(d.unit, '') AS unit, coalesce(CAST(epoch(d.goods_issue_at) AS BIGINT), 0) AS issued_at
FROM (SELECT * FROM item UNION ALL SELECT * FROM movement) d
JOIN genealogy.node n ON n.system = d.system AND n.plant = d.plant AND n.material = d.material AND n.batch = d.batch
ORDER BY n.id, d.delivery, d.item_no, d.customer, d.quantity, d.goods_issue_at
