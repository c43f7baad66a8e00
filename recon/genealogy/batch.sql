-- The table `batch` of the index: one row a batch, in the order of its number. Quantities are in the base unit, in millionths; -2^63 stands for none known.
WITH conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit,
           bool_or(nominal) AS nominal
    FROM canonical."sap.unit_conversion"
    GROUP BY system, material, unit
),
booked AS (
    SELECT system, plant, material, batch,
           sum(quantity) FILTER (WHERE kind IN ('output', 'by-product')) AS made,
           sum(quantity) FILTER (WHERE kind = 'receipt') AS received,
           sum(quantity) FILTER (WHERE kind = 'consumption') AS consumed,
           sum(quantity) FILTER (WHERE kind = 'delivery') AS delivered,
           sum(quantity) FILTER (WHERE kind = 'scrap') AS scrapped,
           -sum(quantity) FILTER (WHERE kind = 'other') AS otherwise,
           sum(quantity) FILTER (WHERE kind = 'transfer' AND (target_plant IS NOT NULL OR target_material IS NOT NULL OR target_batch IS NOT NULL)) AS moved_out,
           min(unit) AS unit
    FROM canonical."sap.movement"
    WHERE batch IS NOT NULL
    GROUP BY system, plant, material, batch
),
arrived AS (
    SELECT system, coalesce(target_plant, plant) AS plant, coalesce(target_material, material) AS material, coalesce(target_batch, batch) AS batch,
           sum(quantity) AS moved_in
    FROM canonical."sap.movement"
    WHERE kind = 'transfer' AND batch IS NOT NULL AND (target_plant IS NOT NULL OR target_material IS NOT NULL OR target_batch IS NOT NULL)
    GROUP BY ALL
),
executed AS (
    SELECT m.system, m.plant, m.material, m.batch,
           sum(coalesce(m.catch_quantity * w.factor, m.quantity * u.factor)) FILTER (WHERE m.kind IN ('output', 'by-product')) AS made,
           sum(coalesce(m.catch_quantity * w.factor, m.quantity * u.factor)) FILTER (WHERE m.kind = 'consumption') AS consumed
    FROM canonical."mes.movement" m
    LEFT JOIN conversion u ON u.system = m.system AND u.material = m.material AND u.unit = m.unit
    -- What an event weighed stands before what it counted.
    LEFT JOIN conversion w ON w.system = m.system AND w.material = m.material AND w.unit = m.catch_unit AND (w.unit = w.base_unit OR NOT w.nominal)
    WHERE m.kind IN ('output', 'by-product', 'consumption') AND m.batch IS NOT NULL AND (u.unit IS NOT NULL OR w.unit IS NOT NULL)
    GROUP BY m.system, m.plant, m.material, m.batch
),
kept AS (
    SELECT system, plant, material, batch, sum(quantity) AS stock, sum(quantity) FILTER (WHERE stock_type = '01') AS unrestricted, min(unit) AS unit
    FROM canonical."sap.stock"
    WHERE batch IS NOT NULL
    GROUP BY system, plant, material, batch
),
issued AS (
    SELECT system, plant, material, batch, sum(CASE WHEN kind = 'return' THEN -quantity ELSE quantity END) AS delivered
    FROM canonical."sap.delivery_item"
    WHERE goods_issued AND kind IN ('outbound', 'transfer') AND NOT coalesce(cancelled, false) AND NOT coalesce(returned, false) AND batch IS NOT NULL
    GROUP BY system, plant, material, batch
),
named AS (
    SELECT system, material, max(text) AS text FROM canonical."sap.material" GROUP BY system, material
)
SELECT coalesce(n.batch, '') AS batch,
       coalesce(n.material, '') AS material,
       n.plant,
       n.system,
       coalesce(d.text, '') AS text,
       coalesce(g.base_unit, b.unit, k.unit, '') AS unit,
       millionths(b.made) AS sap_made,
       millionths(e.made) AS mes_made,
       millionths(b.received) AS sap_received,
       millionths(b.consumed) AS sap_consumed,
       millionths(e.consumed) AS mes_consumed,
       millionths(coalesce(b.delivered, i.delivered)) AS sap_delivered,
       millionths(b.scrapped) AS sap_scrapped,
       millionths(b.otherwise) AS sap_otherwise,
       millionths(a.moved_in) AS sap_moved_in,
       millionths(b.moved_out) AS sap_moved_out,
       millionths(k.stock) AS sap_stock,
       millionths(k.unrestricted) AS sap_unrestricted,
       CASE
           WHEN o.lawful THEN ''
           WHEN o.uncertain IS NOT NULL THEN o.uncertain
           WHEN n.batch IS NULL THEN 'issued without its batch'
           WHEN o.since = TIMESTAMP '9999-12-31 00:00:00' THEN 'no record of it'
           ELSE 'neither received nor made of anything'
       END AS stray,
       CASE WHEN o.lawful OR o.since IS NULL OR o.since = TIMESTAMP '9999-12-31 00:00:00' THEN 0 ELSE CAST(epoch(o.since) AS BIGINT) END AS since
FROM genealogy.node n
JOIN genealogy.origin o ON o.id = n.id
LEFT JOIN genealogy_managed g ON g.system = n.system AND g.material = n.material
LEFT JOIN named d ON d.system = n.system AND d.material = n.material
LEFT JOIN booked b ON b.system = n.system AND b.plant = n.plant AND b.material = n.material AND b.batch = n.batch
LEFT JOIN arrived a ON a.system = n.system AND a.plant = n.plant AND a.material = n.material AND a.batch = n.batch
LEFT JOIN executed e ON e.system = n.system AND e.plant = n.plant AND e.material = n.material AND e.batch = n.batch
LEFT JOIN kept k ON k.system = n.system AND k.plant = n.plant AND k.material = n.material AND k.batch = n.batch
LEFT JOIN issued i ON i.system = n.system AND i.plant = n.plant AND i.material = n.material AND i.batch = n.batch
ORDER BY n.id
