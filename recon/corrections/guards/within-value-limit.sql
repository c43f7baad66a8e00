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
                THEN concat('worth ', h.value_at_risk, ' ', h.currency, ', above the site''s limit of ', getvariable('value_limit'), ' (corrections.value_limit)') END AS reason
FROM held_to h
