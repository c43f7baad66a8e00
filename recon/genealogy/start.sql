-- The table `start`: one row a batch and one more: where its rows begin in link, backward, delivery and restriction; they end where the next one's begin.
WITH counted AS (
    SELECT id, count(*) FILTER (WHERE which = 'f') AS f, count(*) FILTER (WHERE which = 'b') AS b, count(*) FILTER (WHERE which = 'd') AS d,
           count(*) FILTER (WHERE which = 'r') AS r
    FROM (
        SELECT input AS id, 'f' AS which FROM genealogy_indexed
        UNION ALL SELECT output, 'b' FROM genealogy_indexed
        UNION ALL SELECT batch, 'd' FROM genealogy_delivery
        UNION ALL SELECT batch, 'r' FROM genealogy_restriction
    )
    GROUP BY id
),
everyone AS (
    SELECT id FROM genealogy.node UNION ALL SELECT CAST(count(*) AS INTEGER) FROM genealogy.node
)
SELECT CAST(coalesce(sum(f) OVER before, 0) AS INTEGER) AS link, CAST(coalesce(sum(b) OVER before, 0) AS INTEGER) AS backward,
       CAST(coalesce(sum(d) OVER before, 0) AS INTEGER) AS delivery, CAST(coalesce(sum(r) OVER before, 0) AS INTEGER) AS restriction
FROM everyone LEFT JOIN counted USING (id)
WINDOW before AS (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
ORDER BY id
