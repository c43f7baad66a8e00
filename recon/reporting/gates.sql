-- Expectations that were not met, the costliest first.
SELECT source, gated, expected, action, reason, outcome, looked_at, failed, said, plants, examples
FROM gates
WHERE outcome NOT IN ('met', 'not compared')
ORDER BY outcome = 'failed', CASE action WHEN 'not evaluated' THEN 1 WHEN 'refuse' THEN 2 ELSE 3 END, failed DESC NULLS LAST, source, gated, expectation
