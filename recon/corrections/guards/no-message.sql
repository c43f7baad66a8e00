/* ---
guard: no-message
holds: no message, COGI record or queue covers it
--- */
-- No message, COGI record or queue covers it: what is on its way, or failed, is repaired and never posted a second time.
SELECT h.finding_id, h.rank,
       CASE WHEN m.message IS NOT NULL OR e.outcome <> 'ignored' THEN 'refuses'
            WHEN e.outcome = 'ignored' OR s.finding_id IS NULL THEN 'open'
            ELSE 'holds' END AS state,
       CASE WHEN m.message IS NOT NULL THEN m.message || ' covers it: repair or wait for that one, never post a second time'
            WHEN e.outcome = 'ignored' THEN 'look whether what the message carried was posted by hand when it was closed: ' || e.text
            WHEN e.outcome IS NOT NULL THEN 'see to what explains it first, never post a second time: ' || e.text
            WHEN s.finding_id IS NULL THEN 'messages are in no source here: look whether an IDoc, a queue or a COGI record covers it' END AS reason
FROM held_to h
LEFT JOIN explained e USING (finding_id)
LEFT JOIN (
    -- It covers what it names: the order, and of it the material and batch where both say one; or, of what has no order, the batch.
    SELECT finding_id, rank, min(message) AS message
    FROM (
        SELECT d.finding_id, d.rank, m.message
        FROM held_to d
        JOIN covering_message m
          ON m.system = d.system AND m.order_no = d.order_no AND (m.plant = d.plant OR m.plant = '*')
         AND (m.material IS NULL OR d.material IS NULL OR m.material = d.material) AND (m.batch IS NULL OR d.batch IS NULL OR m.batch = d.batch)
        UNION ALL
        SELECT d.finding_id, d.rank, m.message
        FROM held_to d
        JOIN covering_message m
          ON m.system = d.system AND m.material = d.material AND m.batch = d.batch AND (m.plant = d.plant OR m.plant = '*')
        WHERE d.order_no IS NULL
    )
    GROUP BY finding_id, rank
) m USING (finding_id, rank)
LEFT JOIN (
    SELECT DISTINCT d.finding_id FROM held_to d JOIN supplied s ON s.name = 'sap.message' AND s.system = d.system AND s.plant = d.plant
) s USING (finding_id)
