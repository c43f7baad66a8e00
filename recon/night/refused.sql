-- What rules get nothing of, by source, table and reason: rows that readers, mappings and gates refused, keys of which there are several versions, rows with
-- values that could not be read. Reasons are without the values of single rows, so that a finding is the same from night to night.
INSERT INTO canonical."intake.refused" BY NAME
WITH gated AS (
    SELECT DISTINCT source, split_part(row_ref, ':', 1) AS raw_table, TRY_CAST(split_part(row_ref, ':', 3) AS BIGINT) AS row FROM gate_refused
),
-- Rows that a gate refused are among the refused ones too, with all the reasons in one text; what the gates say themselves is clearer.
read AS (
    SELECT r.source, r.raw_table AS "table",
           regexp_replace(regexp_replace(split_part(r.reason, '; ', 1), '"[^"]*"|''[^'']*''', '…', 'g'), '\d+', '…', 'g') AS reason,
           count(*) AS refused, min_by(concat('row ', r.row, ': ', left(r.raw, 200)), r.row) AS example
    FROM refused r
    LEFT JOIN gated g ON g.source = r.source AND g.raw_table = r.raw_table AND g.row IS NOT DISTINCT FROM r.row AND starts_with(r.reason, 'gate on ')
    WHERE g.source IS NULL
    GROUP BY ALL
),
told AS (
    SELECT source, "table", reason, 'reader' AS told_by, refused, example, CAST(NULL AS VARCHAR) AS not_evaluated FROM read
    UNION ALL
    SELECT source, gated, concat('gate: ', expected), 'gate', coalesce(max(failed), 1), min(left(examples, 300)), NULL
    FROM gate
    WHERE outcome = 'failed' AND action <> 'warn'
    GROUP BY source, gated, expected
    UNION ALL
    SELECT source, gated, concat('gate: ', expected), 'gate', 0, NULL, concat('the gate was not asked: ', min(coalesce(said, outcome)))
    FROM gate
    WHERE outcome IN ('error', 'not looked at')
    GROUP BY source, gated, expected
    UNION ALL
    SELECT source, "table", why, 'mapping', refused, example, NULL FROM unusable
)
SELECT s.system, '*' AS plant, s.changed_at, t.source, t."table", l.reason, l.told_by, coalesce(l.refused, 0) AS refused, l.example, l.not_evaluated
FROM table_told t
JOIN source_told s ON s.source = t.source
LEFT JOIN told l ON l.source = t.source AND l."table" = t."table"
UNION ALL
-- Gates name raw tables with their pack.
SELECT s.system, '*', s.changed_at, l.source, l."table", l.reason, l.told_by, l.refused, l.example, l.not_evaluated
FROM told l
JOIN source_told s ON s.source = l.source
WHERE NOT EXISTS (FROM table_told t WHERE t.source = l.source AND t."table" = l."table")
UNION ALL
-- What was refused on the night before is not mended for having come from a table that nobody could read tonight.
SELECT s.system, '*', s.changed_at, b.source, b."table", b.reason, NULL, 0, NULL, 'the table could not be read'
FROM refused_before b
JOIN source_told s ON s.source = b.source
WHERE NOT EXISTS (FROM table_told t WHERE t.source = b.source AND t."table" = split_part(b."table", '/', -1))
  AND NOT EXISTS (FROM told l WHERE l.source = b.source AND l."table" = b."table" AND l.reason = b.reason)
