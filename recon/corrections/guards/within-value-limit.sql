/* ---
guard: within-value-limit
holds: it is worth no more than the site's limit
everywhere: true
--- */
-- It is worth no more than the site lets a proposal be.
SELECT h.finding_id, h.rank,
       CASE WHEN getvariable('value_limit') IS NULL THEN 'holds'
            WHEN h.value_at_risk IS NULL THEN 'open'
            WHEN h.value_at_risk > getvariable('value_limit') THEN 'refuses'
            ELSE 'holds' END AS state,
       CASE WHEN getvariable('value_limit') IS NULL THEN NULL
            WHEN h.value_at_risk IS NULL THEN 'it has no price: look what it is worth'
            WHEN h.value_at_risk > getvariable('value_limit')
                THEN format('worth {:,.2f} {}, above the site''s limit of {:,.2f} (corrections.value_limit)',
                            CAST(h.value_at_risk AS DOUBLE), h.currency, CAST(getvariable('value_limit') AS DOUBLE)) END AS reason
FROM held_to h
