-- How many rules could not be judged for want of a source.
SELECT plant, source, count(DISTINCT rule_id) AS rules FROM outcomes WHERE outcome = 'not evaluated' GROUP BY plant, source
