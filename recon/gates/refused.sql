-- Rows that a gate refused: kept with their reason among the refused ones of the run.
INSERT INTO gate_refused
SELECT r.source, r.gated, r.row_ref, string_agg(concat(g.expected, ': ', g.reason), '; ' ORDER BY g.expectation)
FROM gate_row r
JOIN gate g ON g.source = r.source AND g.gated = r.gated AND g.expectation = r.expectation
WHERE g.outcome = 'failed'
GROUP BY r.source, r.gated, r.row_ref;

INSERT INTO refused
SELECT g.source, split_part(g.row_ref, ':', 1), TRY_CAST(split_part(g.row_ref, ':', 3) AS BIGINT), concat('gate on ', g.gated, ', ', g.reason), min(r.row)
FROM gate_refused g
JOIN gate_row r ON r.source = g.source AND r.gated = g.gated AND r.row_ref = g.row_ref
GROUP BY g.source, g.gated, g.row_ref, g.reason;
