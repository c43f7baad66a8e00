-- Keys that the state (rows `kept` and `placed`) has more or less often than the source, whose keys are `swept`.
CREATE OR REPLACE TEMP TABLE mismatch AS
SELECT {names}, sum(mine) AS mine, sum(theirs) AS theirs
FROM (
    SELECT {key}, 1 AS mine, 0 AS theirs FROM ({kept})
    UNION ALL SELECT {key}, 1, 0 FROM ({placed})
    UNION ALL SELECT {key}, 0, 1 FROM ({swept})
)
GROUP BY {names}
HAVING sum(mine) <> sum(theirs)
