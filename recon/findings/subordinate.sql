-- Each finding under the highest of the rules it yields to, and there under that one's own primary, if it has one.
UPDATE fired
SET consequence_of = root.primary_id
FROM (
    WITH RECURSIVE chosen AS (
        SELECT child, min_by(primary_id, concat(lpad(CAST(rank AS VARCHAR), 3, '0'), primary_id)) AS primary_id
        FROM yielding
        GROUP BY child
    ),
    climb AS (
        SELECT child, primary_id, 1 AS steps FROM chosen
        UNION ALL
        SELECT climb.child, chosen.primary_id, climb.steps + 1
        FROM climb JOIN chosen ON chosen.child = climb.primary_id
        WHERE climb.steps < 20
    )
    SELECT child, max_by(primary_id, steps) AS primary_id FROM climb GROUP BY child
) root
WHERE root.child = fired.finding_id
