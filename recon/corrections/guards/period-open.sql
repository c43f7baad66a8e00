/* ---
guard: period-open
holds: the posting periods of inventory and finance are open today
--- */
-- The posting periods of inventory and finance are open on the day of the run: nothing is dated back by itself.
SELECT h.finding_id, h.rank,
       CASE WHEN p.closed IS NOT NULL THEN 'refuses' WHEN p.opened THEN 'holds' ELSE 'open' END AS state,
       CASE WHEN p.closed IS NOT NULL THEN 'closed for today: the period of ' || p.closed
            WHEN p.opened THEN NULL
            ELSE 'look whether the periods of inventory (MMRV) and finance (OB52) are open' END AS reason
FROM held_to h
LEFT JOIN (
    SELECT o.system, o.plant, string_agg(DISTINCT o.kind, ' and ' ORDER BY o.kind) FILTER (WHERE NOT o.open) AS closed,
           count(DISTINCT o.kind) = 2 AS opened
    FROM (
        -- Two open periods may hold one day: a special period, or last month's beside this one.
        SELECT t.system, t.plant, p.kind, bool_or(p.open) AS open
        FROM today t JOIN canonical."sap.posting_period" p ON p.system = t.system AND p.plant IN (t.plant, '*') AND t.day BETWEEN p.first_day AND p.last_day
        WHERE p.open IS NOT NULL AND p.problems IS NULL
        GROUP BY t.system, t.plant, p.kind
    ) o
    GROUP BY o.system, o.plant
) p ON p.system = h.system AND p.plant = h.plant
