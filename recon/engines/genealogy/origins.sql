-- What is known of where each batch came from: genealogy.origin, one row a node.
--
-- lawful     a chain may end here: received from outside, or made of nothing that is kept in batches, or of a material that is not kept in batches itself
-- since      the earliest that is known of the batch (UTC); NULL: there is a record of it, and no day; the year 9999: nobody has a record of it
-- changed_at when it was entered (UTC): its newest receipt or output, else the first time that something was made of it; NULL: not known
-- uncertain  why that cannot be said for sure; NULL: it can
CREATE OR REPLACE TABLE genealogy.origin AS
WITH entered AS (
    SELECT system, plant, material, batch,
           coalesce(sum(quantity) FILTER (WHERE kind = 'receipt'), 0) > 0 AS received,
           min(problems) FILTER (WHERE kind = 'receipt') AS problems,
           coalesce(bool_or(ambiguous) FILTER (WHERE kind = 'receipt'), false) AS ambiguous,
           min(least(occurred_at, changed_at)) FILTER (WHERE kind IN ('output', 'by-product')) AS made_at,
           max(changed_at) AS changed_at
    FROM canonical."sap.movement"
    WHERE kind IN ('receipt', 'output', 'by-product') AND batch IS NOT NULL
    GROUP BY system, plant, material, batch
),
recorded AS (
    SELECT system, plant, material, batch, bool_or(origin = 'received') AS received, coalesce(CAST(min(least(produced_on, received_on)) AS TIMESTAMP), min(changed_at)) AS since
    FROM canonical."sap.batch"
    GROUP BY system, plant, material, batch
),
-- An order that used only what is kept in no batches leaves nothing to follow.
used AS (
    SELECT m.system, m.plant, m.order_no, bool_and(n.managed IS NOT NULL AND NOT n.managed) AS unbatched
    FROM canonical."sap.movement" m
    LEFT JOIN genealogy_managed n ON n.system = m.system AND n.material = m.material
    WHERE m.kind = 'consumption' AND m.order_no IS NOT NULL
    GROUP BY m.system, m.plant, m.order_no
),
consumed AS (
    SELECT input AS id, min(changed_at) AS changed_at FROM genealogy.link GROUP BY input
),
made AS (
    SELECT m.system, m.plant, m.material, m.batch, bool_and(coalesce(u.unbatched, false)) AS of_unbatched, min(o.released_at) AS released_at
    FROM canonical."sap.movement" m
    LEFT JOIN used u ON u.system = m.system AND u.plant = m.plant AND u.order_no = m.order_no
    LEFT JOIN canonical."sap.work_order" o ON o.system = m.system AND o.plant = m.plant AND o.order_no = m.order_no
    WHERE m.kind IN ('output', 'by-product') AND m.batch IS NOT NULL
    GROUP BY m.system, m.plant, m.material, m.batch
)
SELECT n.id,
       coalesce(e.received, false) OR coalesce(b.received, false) OR coalesce(everywhere.received, false) OR coalesce(m.of_unbatched, false)
           OR coalesce(NOT g.managed, false) AS lawful,
       CASE
           WHEN n.batch IS NOT NULL AND e.material IS NULL AND b.material IS NULL AND everywhere.material IS NULL THEN TIMESTAMP '9999-12-31 00:00:00'
           WHEN n.batch IS NULL THEN c.changed_at  -- nobody knows which batch it was, but when it was used
           ELSE least(e.made_at, m.released_at, b.since, everywhere.since)
       END AS since,
       coalesce(e.changed_at, c.changed_at) AS changed_at,
       CASE WHEN e.problems IS NOT NULL THEN concat('unreadable: ', e.problems) WHEN e.ambiguous THEN 'ambiguous: rows with equal keys differ' END AS uncertain
FROM genealogy.node n
LEFT JOIN entered e ON e.system = n.system AND e.plant = n.plant AND e.material = n.material AND e.batch = n.batch
LEFT JOIN recorded b ON b.system = n.system AND b.plant = n.plant AND b.material = n.material AND b.batch = n.batch
LEFT JOIN recorded everywhere ON everywhere.system = n.system AND everywhere.plant = '*' AND everywhere.material = n.material AND everywhere.batch = n.batch
LEFT JOIN made m ON m.system = n.system AND m.plant = n.plant AND m.material = n.material AND m.batch = n.batch
LEFT JOIN consumed c ON c.id = n.id
LEFT JOIN genealogy_managed g ON g.system = n.system AND g.material = n.material;
