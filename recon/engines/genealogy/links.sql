-- Canonical tables → genealogy.node and genealogy.link: batches by number, and what was made of what, one row an input, output, order and kind of link.
--
-- node  id (0, 1, … in the order of batch, material, plant, system), system, plant, material, batch
-- link  input, output (ids), order_no, kind (order, relabel, transfer), in_sap, in_mes, mes_tells (it is the MES's own), sap_quantity, mes_quantity (of the input, in its base unit), purpose,
--       changed_at, problems, ambiguous
--
-- A batch is one at each plant: where batches are numbered plant by plant one number is two batches. Stock transfers lead from the one to the other.
-- An output without a batch leads nowhere. An input without one is kept where SAP keeps its material in batches: which batch it was is what nobody knows.
CREATE SCHEMA IF NOT EXISTS genealogy;

CREATE OR REPLACE TEMP TABLE genealogy_managed AS
SELECT system, material, bool_or(batch_managed) AS managed, min(base_unit) AS base_unit
FROM canonical."sap.material"
GROUP BY system, material;

-- What SAP consumed of a batch in an order, net of what was taken back.
CREATE OR REPLACE TEMP TABLE genealogy_consumed AS
SELECT system, plant, order_no, material, batch, TRY_CAST(sum(quantity) AS DECIMAL(18, 6)) AS quantity
FROM canonical."sap.movement"
WHERE kind = 'consumption' AND order_no IS NOT NULL
GROUP BY system, plant, order_no, material, batch;

CREATE OR REPLACE TEMP TABLE genealogy_found AS
WITH -- Where no source of a plant has SAP's links they are built from its movements: every batch that an order consumed feeds every batch that it produced.
linked AS (
    SELECT DISTINCT system, plant FROM canonical."sap.genealogy_link"
),
of_order AS (
    SELECT m.system, m.plant, m.order_no, m.kind = 'consumption' AS consumed, m.material, m.batch, max(m.changed_at) AS changed_at, min(m.problems) AS problems,
           bool_or(m.ambiguous) AS ambiguous
    FROM canonical."sap.movement" m
    LEFT JOIN linked l ON l.system = m.system AND l.plant = m.plant
    WHERE l.system IS NULL AND m.kind IN ('consumption', 'output', 'by-product') AND m.order_no IS NOT NULL
    GROUP BY m.system, m.plant, m.order_no, m.kind = 'consumption', m.material, m.batch
    HAVING sum(m.quantity) > 0 OR min(m.problems) IS NOT NULL OR bool_or(m.ambiguous)
),
sap_link AS (
    SELECT system, plant, order_no, output_material, output_batch, input_material, input_batch, quantity, purpose, changed_at, problems, ambiguous
    FROM canonical."sap.genealogy_link"
    UNION ALL
    SELECT o.system, o.plant, o.order_no, o.material, o.batch, i.material, i.batch, NULL, NULL, greatest(o.changed_at, i.changed_at),
           coalesce(o.problems, i.problems), o.ambiguous OR i.ambiguous
    FROM of_order o
    JOIN of_order i ON i.system = o.system AND i.plant = o.plant AND i.order_no = o.order_no AND i.consumed
    WHERE NOT o.consumed
    UNION ALL
    -- The packs leave out what was issued without its batch; of a material that is kept in batches it is the end of a chain.
    SELECT o.system, o.plant, o.order_no, o.output_material, o.output_batch, c.material, NULL, c.quantity, NULL, o.changed_at, o.problems, o.ambiguous
    FROM (SELECT DISTINCT system, plant, order_no, output_material, output_batch, changed_at, problems, ambiguous FROM canonical."sap.genealogy_link") o
    JOIN genealogy_consumed c ON c.system = o.system AND c.plant = o.plant AND c.order_no = o.order_no AND c.batch IS NULL AND c.quantity > 0
),
-- Stock that went to another plant, or became another batch without an order; what was posted back is no more.
moved AS (
    SELECT system, plant, material, batch, coalesce(target_plant, plant) AS target_plant, coalesce(target_material, material) AS target_material,
           coalesce(target_batch, batch) AS target_batch, quantity, purpose, changed_at, problems, ambiguous,
           target_material IS NOT NULL OR target_batch IS NOT NULL AS relabelled
    FROM canonical."sap.movement"
    WHERE kind = 'transfer' AND batch IS NOT NULL AND (target_plant IS NOT NULL OR target_material IS NOT NULL OR target_batch IS NOT NULL)
),
there AS (
    SELECT system, plant, material, batch, target_plant, target_material, target_batch, relabelled, sum(quantity) AS quantity, max(purpose) AS purpose,
           max(changed_at) AS changed_at, min(problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM moved
    GROUP BY system, plant, material, batch, target_plant, target_material, target_batch, relabelled
),
transferred AS (
    SELECT t.*, t.quantity - coalesce(b.quantity, 0) AS left_there
    FROM there t
    LEFT JOIN there b
      ON b.system = t.system AND b.plant = t.target_plant AND b.material = t.target_material AND b.batch = t.target_batch
         AND b.target_plant = t.plant AND b.target_material = t.material AND b.target_batch = t.batch
    WHERE t.quantity - coalesce(b.quantity, 0) > 0 OR t.quantity IS NULL OR t.problems IS NOT NULL OR t.ambiguous
),
conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) AND NOT coalesce(bool_or(nominal), false) THEN min(factor) END AS factor
    FROM canonical."sap.unit_conversion"
    GROUP BY system, material, unit
)
SELECT 'sap' AS view, l.system, l.plant, l.order_no, CASE WHEN l.purpose = 'relabel' AND l.order_no IS NULL THEN 'relabel' ELSE 'order' END AS kind,
       l.plant AS input_plant, l.input_material, l.input_batch, l.output_material, l.output_batch, coalesce(l.quantity, c.quantity) AS quantity,
       l.purpose, l.changed_at, l.problems, l.ambiguous
FROM sap_link l
LEFT JOIN genealogy_consumed c
       ON c.system = l.system AND c.plant = l.plant AND c.order_no = l.order_no AND c.material = l.input_material AND c.batch = l.input_batch
UNION ALL
SELECT 'sap', t.system, t.target_plant, NULL, CASE WHEN t.relabelled THEN 'relabel' ELSE 'transfer' END, t.plant, t.material, t.batch, t.target_material,
       t.target_batch, TRY_CAST(t.left_there AS DECIMAL(18, 6)), CASE WHEN t.relabelled THEN coalesce(t.purpose, 'relabel') ELSE 'transfer' END, t.changed_at,
       t.problems, t.ambiguous
FROM transferred t
UNION ALL
SELECT 'mes', l.system, l.plant, l.order_no, CASE WHEN l.purpose = 'relabel' AND l.order_no IS NULL THEN 'relabel' ELSE 'order' END, l.plant,
       l.input_material, l.input_batch, l.output_material, l.output_batch, TRY_CAST(l.quantity * u.factor AS DECIMAL(18, 6)), l.purpose, l.changed_at,
       l.problems, l.ambiguous
FROM canonical."mes.genealogy_link" l
LEFT JOIN conversion u ON u.system = l.system AND u.material = l.input_material AND u.unit = l.unit;

DELETE FROM genealogy_found USING genealogy_managed m
WHERE genealogy_found.input_batch IS NULL AND m.system = genealogy_found.system AND m.material = genealogy_found.input_material AND NOT coalesce(m.managed, false);
DELETE FROM genealogy_found
WHERE output_batch IS NULL OR output_material IS NULL OR input_material IS NULL
   OR (input_batch IS NULL AND NOT EXISTS (FROM genealogy_managed m WHERE m.system = genealogy_found.system AND m.material = genealogy_found.input_material));

CREATE OR REPLACE TABLE genealogy.node AS
WITH known AS (
    SELECT system, input_plant AS plant, input_material AS material, input_batch AS batch FROM genealogy_found
    UNION
    SELECT system, plant, output_material, output_batch FROM genealogy_found
    UNION
    SELECT system, plant, material, batch FROM canonical."sap.movement" WHERE material IS NOT NULL AND batch IS NOT NULL
    UNION
    SELECT system, plant, material, batch FROM canonical."sap.stock" WHERE material IS NOT NULL AND batch IS NOT NULL
    UNION
    SELECT system, plant, material, batch FROM canonical."sap.delivery_item" WHERE material IS NOT NULL AND batch IS NOT NULL AND goods_issued
    UNION
    SELECT system, plant, material, batch FROM canonical."qms.hold" WHERE material IS NOT NULL AND batch IS NOT NULL
)
SELECT CAST(row_number() OVER (ORDER BY batch NULLS LAST, material, plant, system) - 1 AS INTEGER) AS id, system, plant, material, batch
FROM known;

CREATE OR REPLACE TABLE genealogy.link AS
WITH -- An order that the MES knows is the MES's to link; of any other, and at a plant without its links, SAP's links are all there is, for either view.
of_mes AS (
    SELECT system, plant, order_no FROM canonical."mes.work_order"
    UNION
    SELECT system, plant, order_no FROM canonical."mes.genealogy_link"
),
with_mes AS (
    SELECT DISTINCT system, plant FROM canonical."mes.genealogy_link"
),
-- A rework order consumes and makes the same material, and says so on its head or on any of its links.
reworked AS (
    SELECT system, plant, order_no FROM canonical."sap.work_order" WHERE rework
    UNION
    SELECT system, plant, order_no FROM canonical."mes.work_order" WHERE rework
    UNION
    SELECT system, plant, order_no FROM genealogy_found WHERE order_no IS NOT NULL AND purpose = 'rework' AND NOT ambiguous
),
grouped AS (
    SELECT system, plant, order_no, kind, input_plant, input_material, input_batch, output_material, output_batch,
           bool_or(view = 'sap') AS sap, bool_or(view = 'mes') AS mes,
           max(quantity) FILTER (WHERE view = 'sap') AS sap_quantity,
           TRY_CAST(sum(quantity) FILTER (WHERE view = 'mes') AS DECIMAL(18, 6)) AS mes_quantity,
           -- Of rows that contradict each other none says what makes the link lawful.
           CASE WHEN NOT bool_or(ambiguous) OR count(purpose) = count(*) THEN max(purpose) END AS purpose,
           max(changed_at) AS changed_at, min(problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM genealogy_found
    GROUP BY ALL
)
SELECT i.id AS input, o.id AS output, g.order_no, g.kind, g.sap AS in_sap,
       -- What SAP posts without an order changes names and places, and is nothing that a MES would have to repeat.
       g.mes OR g.kind <> 'order' OR m.order_no IS NULL OR w.plant IS NULL AS in_mes,
       g.mes AS mes_tells,
       g.sap_quantity, g.mes_quantity, CASE WHEN r.order_no IS NOT NULL THEN 'rework' ELSE g.purpose END AS purpose, g.changed_at, g.problems, g.ambiguous
FROM grouped g
JOIN genealogy.node i ON i.system = g.system AND i.plant = g.input_plant AND i.material = g.input_material AND i.batch IS NOT DISTINCT FROM g.input_batch
JOIN genealogy.node o ON o.system = g.system AND o.plant = g.plant AND o.material = g.output_material AND o.batch = g.output_batch
LEFT JOIN of_mes m ON m.system = g.system AND m.plant = g.plant AND m.order_no = g.order_no
LEFT JOIN with_mes w ON w.system = g.system AND w.plant = g.plant
LEFT JOIN reworked r ON r.system = g.system AND r.plant = g.plant AND r.order_no = g.order_no;

DROP TABLE genealogy_found;
DROP TABLE genealogy_consumed;
