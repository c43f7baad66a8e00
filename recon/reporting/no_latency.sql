-- How long postings took, of a run that did not measure it.
CREATE VIEW latency AS
SELECT CAST(NULL AS VARCHAR) AS run_id, CAST(NULL AS VARCHAR) AS system, CAST(NULL AS VARCHAR) AS plant, CAST(NULL AS VARCHAR) AS workflow,
       CAST(NULL AS TIMESTAMP) AS since, CAST(NULL AS TIMESTAMP) AS until, CAST(NULL AS BIGINT) AS events, CAST(NULL AS DECIMAL(18, 6)) AS p50,
       CAST(NULL AS DECIMAL(18, 6)) AS p95, CAST(NULL AS DECIMAL(18, 6)) AS slowest, CAST(NULL AS VARCHAR) AS reference,
       CAST(NULL AS DECIMAL(18, 6)) AS service_level
WHERE false
