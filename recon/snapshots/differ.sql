-- Rows of `was` (_part, _row, digest) that are not in `now` (_row, digest), as `gone`, and those of `now` that were not in `was`, as `came`.
-- Both are multisets: of rows that are repeated, as many stay as both have, those with the lowest numbers.
CREATE OR REPLACE TEMP TABLE odd AS
SELECT digest, sum(n) AS surplus
FROM (SELECT digest, 1 AS n FROM was UNION ALL SELECT digest, -1 FROM now)
GROUP BY digest
HAVING sum(n) <> 0;

CREATE OR REPLACE TEMP TABLE gone AS
SELECT _part, _row
FROM (
    SELECT _part, _row, surplus, row_number() OVER (PARTITION BY digest ORDER BY _part DESC, _row DESC) AS nth
    FROM was JOIN odd USING (digest)
    WHERE surplus > 0
)
WHERE nth <= surplus;

CREATE OR REPLACE TEMP TABLE came AS
SELECT _row
FROM (
    SELECT _row, surplus, row_number() OVER (PARTITION BY digest ORDER BY _row DESC) AS nth
    FROM now JOIN odd USING (digest)
    WHERE surplus < 0
)
WHERE nth <= -surplus;
