-- The table `link` of the index: in the order of what was used, so that the links of a batch follow one another. views: 1 SAP has it, 2 the MES has it.
--
-- Where the MES's link has no quantity, its consumption of the batch in the order stands for it, net of what was taken back and in the base unit: only where
-- the order made one thing, for of several nobody knows how much went into which, and where every one of the movements can be read and converted.
WITH conversion AS (
    SELECT system, material, unit, min(factor) AS factor
    FROM canonical."sap.unit_conversion"
    GROUP BY system, material, unit
    HAVING min(factor) = max(factor) AND NOT coalesce(bool_or(nominal), false)
),
consumed AS (
    SELECT m.system, m.plant, m.order_no, m.material, m.batch, TRY_CAST(sum(coalesce(m.catch_quantity * w.factor, m.quantity * u.factor)) AS DECIMAL(18, 6)) AS quantity
    FROM canonical."mes.movement" m
    LEFT JOIN conversion u ON u.system = m.system AND u.material = m.material AND u.unit = m.unit
    LEFT JOIN conversion w ON w.system = m.system AND w.material = m.material AND w.unit = m.catch_unit
    WHERE m.kind = 'consumption' AND m.order_no IS NOT NULL AND m.batch IS NOT NULL
    GROUP BY m.system, m.plant, m.order_no, m.material, m.batch
    HAVING count(*) = count(coalesce(m.catch_quantity * w.factor, m.quantity * u.factor)) AND min(m.problems) IS NULL
       AND NOT coalesce(bool_or(m.ambiguous), false) AND sum(coalesce(m.catch_quantity * w.factor, m.quantity * u.factor)) > 0
),
made AS (
    SELECT o.system, o.plant, l.order_no, o.material, o.batch
    FROM genealogy.link l
    JOIN genealogy.node o ON o.id = l.output
    WHERE l.order_no IS NOT NULL
    UNION
    SELECT system, plant, order_no, material, batch
    FROM canonical."mes.movement"
    WHERE kind IN ('output', 'by-product') AND order_no IS NOT NULL
),
of_one AS (
    SELECT system, plant, order_no FROM made GROUP BY system, plant, order_no HAVING count(*) = 1
)
SELECT l.input, l.output, coalesce(l.order_no, '') AS order_no, l.kind,
       CAST(CASE WHEN l.in_sap THEN 1 ELSE 0 END + CASE WHEN l.in_mes THEN 2 ELSE 0 END AS UTINYINT) AS views,
       millionths(l.sap_quantity) AS sap_quantity,
       millionths(coalesce(l.mes_quantity, CASE WHEN l.mes_tells AND one.order_no IS NOT NULL THEN c.quantity END)) AS mes_quantity,
       coalesce(l.purpose, '') AS purpose,
       CASE WHEN l.problems IS NOT NULL THEN concat('unreadable: ', l.problems) WHEN l.ambiguous THEN 'ambiguous: rows with equal keys differ' ELSE '' END AS uncertain
FROM genealogy.link l
JOIN genealogy.node i ON i.id = l.input
LEFT JOIN of_one one ON one.system = i.system AND one.plant = i.plant AND one.order_no = l.order_no
LEFT JOIN consumed c
       ON c.system = i.system AND c.plant = i.plant AND c.order_no = l.order_no AND c.material = i.material AND c.batch = i.batch
ORDER BY l.input, l.output, order_no, l.kind, views
