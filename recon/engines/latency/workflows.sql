-- latency.workflow: for each window (relation latency_window), the percentiles of the events whose posting was entered in it. Discrete ones: each is the time
-- that one of the events took, so that every engine counts the same.
INSERT INTO canonical."latency.workflow" BY NAME
SELECT w.system,
       w.plant,
       coalesce(max(e.posted_at), any_value(w.until), any_value(w.moment)) AS changed_at,
       w.workflow,
       coalesce(any_value(w.not_evaluated), any_value(u.reason)) AS not_evaluated,
       any_value(w.since) AS since,
       any_value(w.until) AS until,
       CASE WHEN any_value(w.not_evaluated) IS NULL AND any_value(u.reason) IS NULL THEN count(e.seconds) END AS events,
       CAST(quantile_disc(e.seconds, 0.5) AS DECIMAL(18, 6)) / 60 AS p50,
       CAST(quantile_disc(e.seconds, 0.95) AS DECIMAL(18, 6)) / 60 AS p95,
       CAST(max(e.seconds) AS DECIMAL(18, 6)) / 60 AS slowest,
       max_by(e.reference, (e.seconds, e.reference)) AS reference,
       CAST(epoch(service_level(w.workflow, CAST(NULL AS VARCHAR))) AS DECIMAL(18, 6)) / 60 AS service_level
FROM latency_window w
LEFT JOIN (SELECT *, date_diff('second', happened_at, posted_at) AS seconds FROM latency_event) e
       ON e.system = w.system AND e.plant = w.plant AND e.workflow = w.workflow AND e.posted_at > w.since AND e.posted_at <= w.until
LEFT JOIN latency_unquoted u ON u.system = w.system AND u.plant = w.plant AND u.workflow = w.workflow
GROUP BY w.system, w.plant, w.workflow
