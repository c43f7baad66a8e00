SELECT
    source, raw_table, reason, count(*) AS refused,
    list({'row': row, 'raw': left(raw, 300)} ORDER BY row)[1:3] AS examples
FROM refused
GROUP BY source, raw_table, reason
ORDER BY refused DESC, source, raw_table, reason
