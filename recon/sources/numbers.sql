-- Binary numbers as people wrote them: whole ones digit by digit, others with the {digits} digits that such a number is sure of, never with an exponent.
SELECT
    CASE
        WHEN number IS NULL THEN NULL
        WHEN isnan(number) OR isinf(number) THEN CAST(number AS VARCHAR)
        WHEN number = trunc(number) THEN CASE WHEN abs(number) < 1e18 THEN CAST(CAST(number AS BIGINT) AS VARCHAR) ELSE format('{:.0f}', number) END
        WHEN abs(number) >= 1e-4 THEN format('{:.{digits}g}', number)
        ELSE rtrim(CAST(CAST(format('{:.{digits}g}', number) AS DECIMAL(38, 37)) AS VARCHAR), '0')
    END AS text
FROM numbers
ORDER BY position
