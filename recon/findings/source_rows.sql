-- Source rows in a fixed order, as many as are kept, and on the finding their count, their digest and the first references.
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT finding_id, side, canonical_table, row_number() OVER (PARTITION BY finding_id, side, canonical_table ORDER BY row_ref, row) AS ordinal, row_ref, row
FROM (SELECT DISTINCT * FROM source_row);

-- The digest is over what the rows say, not over where they were read: the same rows from another reader are the same evidence.
UPDATE fired
SET rows = told.rows
FROM (
    SELECT finding_id, CAST(to_json(map_from_entries(list((side, {count: total, digest: digest}) ORDER BY side))) AS VARCHAR) AS rows
    FROM (
        SELECT finding_id, side, count(*) AS total, sha256(string_agg(row, chr(10) ORDER BY row)) AS digest
        FROM (SELECT DISTINCT finding_id, side, row_ref, row FROM numbered)
        GROUP BY finding_id, side
    )
    GROUP BY finding_id
) told
WHERE told.finding_id = fired.finding_id;

CREATE OR REPLACE TEMP TABLE evidence_row AS
SELECT finding_id, side, canonical_table, CAST(ordinal AS INTEGER) AS ordinal, row_ref, row
FROM numbered
WHERE ordinal <= $kept
ORDER BY finding_id, side, canonical_table, ordinal
