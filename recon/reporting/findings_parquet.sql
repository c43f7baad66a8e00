SELECT * EXCLUDE (worst_first, prefix, severity_rank, exposure_rank, live, carried, is_primary, working_days_open)
FROM chosen
ORDER BY worst_first
