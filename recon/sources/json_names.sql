-- The distinct lists of names in a block of JSON records, in the order of their first record, and whether a record may hold nested values
-- (a bracket anywhere after the first character; one inside a string only costs time).
SELECT
    json_keys(record) AS keys,
    bool_or(regexp_matches(substr(trim(record), 2), '[\[{]')) AS deep
FROM block
WHERE json_valid(record) AND json_type(record) = 'OBJECT'
GROUP BY keys
ORDER BY min(row)
