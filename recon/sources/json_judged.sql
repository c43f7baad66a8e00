-- A block of JSON records with the reason why a record is refused; NULL: it is not. Blank lines are no records.
SELECT
    row,
    record,
    CASE
        WHEN contains(record, chr(65533)) THEN 'it contains bytes that are not {encoding}'
        WHEN NOT json_valid(record) THEN 'it is not sound JSON'
        WHEN json_type(record) <> 'OBJECT' THEN 'it is not a JSON object'
        WHEN contains(record, '\u0000') THEN 'it contains a NUL character'
        WHEN len(json_keys(record)) <> len(list_distinct(json_keys(record))) THEN 'it names a column twice'
    END AS reason
FROM block
WHERE trim(record, ' ' || chr(9) || chr(13)) <> ''
