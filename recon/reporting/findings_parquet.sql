SELECT * EXCLUDE (worst_first, prefix, severity_rank, exposure_rank, live, carried, is_primary)
FROM chosen
ORDER BY worst_first
