-- Rows with one logical key are one row where they agree in everything but their origin, and ambiguous where they do not.
SELECT {columns}, _origin, _own, _shown
FROM (
    SELECT * EXCLUDE (ambiguous), said_ambiguous OR count(*) FILTER (_shown) OVER (PARTITION BY {key}) > 1 AS ambiguous
    FROM (
        SELECT *,
               bool_or(_own) OVER (PARTITION BY {said}) AS said_ambiguous,
               row_number() OVER (PARTITION BY {said} ORDER BY row_ref, _origin) = 1 AS _shown
        FROM ({rows})
    )
)
