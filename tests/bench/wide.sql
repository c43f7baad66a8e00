-- A table such as an MES has: texts with NULLs and empty ones, integers, decimals, moments with and without an offset, a truth value.
CREATE TABLE wide AS
SELECT
    i AS event_id,
    'ORD' || (i / 20) AS order_no,
    '0010' || lpad((i % 100000)::text, 6, '0') AS material,
    CASE WHEN i % 7 <> 0 THEN 'B' || (i % 50000) END AS batch,
    (i % 9000)::integer AS operation,
    (((i * 7919) % 100000000) / 1000.0)::numeric(18, 3) AS quantity,
    (ARRAY['KG', 'ST', 'ROL', 'M'])[1 + i % 4] AS unit,
    timestamptz '2026-01-01' + i * interval '1.37 seconds' AS recorded_at,
    timestamp '2026-01-01' + i * interval '1 second' AS local_at,
    date '2026-01-01' + (i % 300)::integer AS day,
    i % 3 = 0 AS reversed,
    CASE WHEN i % 5 = 0 THEN NULL WHEN i % 11 = 0 THEN '' ELSE 'posted by line ' || (i % 12) END AS remark,
    CASE WHEN i % 3 <> 0 THEN (i % 1000)::numeric(18, 3) / 8 END::numeric(18, 3) AS scrap,
    'S' || i AS serial,
    CASE WHEN i % 2 = 0 THEN '1000' ELSE '2000' END AS plant
FROM generate_series(1::bigint, 2000000) AS i;
ANALYZE wide;
