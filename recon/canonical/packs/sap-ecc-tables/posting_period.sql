/* ---
canonical: posting_period
key: [MANDT, BUKRS]
reads:
  T001: [MANDT, BUKRS]
  T001K: [MANDT, BUKRS]
  MARV: [MANDT, BUKRS]
  T001B: SELECT t.MANDT, t.BUKRS FROM raw.T001 t SEMI JOIN changed.T001B c ON c.MANDT = t.MANDT AND c.BUKRS = t.OPVAR
--- */
-- Inventory may be posted in the current period of MARV and, where the company code allows it (XRUEM), in the one before [M]. Finance is open in the intervals
-- that T001B gives the company code's variant for all accounts (+). A fiscal year variant K4 is the calendar's; the days of another one are not known here.
WITH inventory AS (
    SELECT MANDT, BUKRS, LFGJA AS fiscal_year, LFMON AS period, true AS open, row_ref, problems, ambiguous FROM raw.MARV
    UNION ALL
    SELECT MANDT, BUKRS, VMGJA, VMMON, XRUEM IS NOT NULL, row_ref, problems, ambiguous FROM raw.MARV WHERE VMGJA IS NOT NULL
),
interval_of AS (
    SELECT t.MANDT, t.BUKRS, b.row_ref, b.problems, b.ambiguous,
           unnest([(b.FRYE1, b.FRPE1, b.TOYE1, b.TOPE1), (b.FRYE2, b.FRPE2, b.TOYE2, b.TOPE2)]) AS span
    FROM raw.T001 t
    JOIN raw.T001B b ON b.MANDT = t.MANDT AND b.BUKRS = t.OPVAR AND b.MKOAR = '+'
),
finance AS (
    SELECT MANDT, BUKRS, CAST(month // 12 AS VARCHAR) AS fiscal_year, CAST(month % 12 + 1 AS VARCHAR) AS period, min(row_ref) AS row_ref,
           string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM (
        SELECT *, unnest(range(12 * TRY_CAST(span[1] AS BIGINT) + least(TRY_CAST(span[2] AS BIGINT), 12) - 1,
                               12 * TRY_CAST(span[3] AS BIGINT) + least(TRY_CAST(span[4] AS BIGINT), 12))) AS month
        FROM interval_of
        -- An interval that is open for ever ends somewhere: two years are enough to post in.
        WHERE TRY_CAST(span[1] AS BIGINT) > 0 AND 12 * (TRY_CAST(span[3] AS BIGINT) - TRY_CAST(span[1] AS BIGINT)) <= 1200
    )
    GROUP BY ALL
),
period AS (
    SELECT 'inventory' AS kind, * FROM inventory
    UNION ALL BY NAME
    SELECT 'finance' AS kind, *, true AS open FROM finance
)
SELECT p.MANDT,
       p.BUKRS,
       k.BWKEY AS plant,
       CAST(NULL AS TIMESTAMP) AS changed_at,
       p.row_ref,
       nullif(concat_ws('; ', p.problems, t.problems, CASE WHEN t.BUKRS IS NULL THEN 'no T001 row' END), '') AS problems,
       p.ambiguous OR k.ambiguous OR coalesce(t.ambiguous, false) AS ambiguous,
       p.BUKRS AS company_code,
       t.PERIV AS fiscal_variant,
       p.kind,
       lpad(p.fiscal_year, 4, '0') AS fiscal_year,
       lpad(ltrim(p.period, '0'), 3, '0') AS period,
       CASE WHEN t.PERIV = 'K4' AND TRY_CAST(p.period AS INTEGER) BETWEEN 1 AND 12
            THEN make_date(TRY_CAST(p.fiscal_year AS INTEGER), TRY_CAST(p.period AS INTEGER), 1) END AS first_day,
       CASE WHEN t.PERIV = 'K4' AND TRY_CAST(p.period AS INTEGER) BETWEEN 1 AND 12
            THEN last_day(make_date(TRY_CAST(p.fiscal_year AS INTEGER), TRY_CAST(p.period AS INTEGER), 1)) END AS last_day,
       p.open
FROM period p
-- The valuation area is the plant, as SAP recommends [M].
JOIN raw.T001K k ON k.MANDT = p.MANDT AND k.BUKRS = p.BUKRS
LEFT JOIN raw.T001 t ON t.MANDT = p.MANDT AND t.BUKRS = p.BUKRS
