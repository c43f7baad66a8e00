/* ---
canonical: inspection_result
key: [MANDANT, PRUEFLOS]
reads:
  QAMR: [MANDANT, PRUEFLOS]
  QASR: [MANDANT, PRUEFLOS]
  QASE: [MANDANT, PRUEFLOS]
  QAMV: [MANDANT, PRUEFLOS]
  QALS: [MANDANT, PRUEFLOS]
  AFVC: SELECT l.MANDANT, l.PRUEFLOS FROM raw.QALS l SEMI JOIN changed.AFVC c ON c.MANDT = l.MANDANT AND c.AUFPL = l.AUFPL
driving: [QAMR, QASR, QASE]
asked: {lot: PRUEFLOS, batch: QALS.CHARG, order_no: QALS.AUFNR}
--- */
-- Single values (QASE) where they are kept, else the summary of a sample (QASR), else that of the characteristic (QAMR). A quantity of a nonconforming value
-- with < or > beside it (ATTRIBUT) is a bound and no number [M].
WITH recorded AS (
    SELECT MANDANT, PRUEFLOS, VORGLFNR, MERKNR, PROBENR, DETAILERG, MESSWERT AS value_text, 'MESSWERT' AS field, ATTRIBUT AS qualifier, MBEWERTG, GRUPPE1, CODE1,
           CAST(1 AS DECIMAL(18, 6)) AS values_recorded, utc(PRUEFDATUV, PRUEFZEITV) AS measured_at, PRUEFER, row_ref, problems, ambiguous
    FROM raw.QASE
    UNION ALL
    SELECT MANDANT, PRUEFLOS, VORGLFNR, MERKNR, PROBENR, NULL, MITTELWERT, 'MITTELWERT', NULL, MBEWERTG, GRUPPE1, CODE1, ANZWERTG, utc(PRUEFDATUB, PRUEFZEITB), PRUEFER,
           row_ref, problems, ambiguous
    FROM raw.QASR s
    ANTI JOIN raw.QASE e ON e.MANDANT = s.MANDANT AND e.PRUEFLOS = s.PRUEFLOS AND e.VORGLFNR = s.VORGLFNR AND e.MERKNR = s.MERKNR
                            AND e.PROBENR IS NOT DISTINCT FROM s.PROBENR
    UNION ALL
    SELECT MANDANT, PRUEFLOS, VORGLFNR, MERKNR, NULL, NULL, MITTELWERT, 'MITTELWERT', NULL, MBEWERTG, GRUPPE1, CODE1, ANZWERTG, utc(PRUEFDATUB, PRUEFZEITB), PRUEFER,
           row_ref, problems, ambiguous
    FROM raw.QAMR r
    ANTI JOIN raw.QASE e ON e.MANDANT = r.MANDANT AND e.PRUEFLOS = r.PRUEFLOS AND e.VORGLFNR = r.VORGLFNR AND e.MERKNR = r.MERKNR
    ANTI JOIN raw.QASR s ON s.MANDANT = r.MANDANT AND s.PRUEFLOS = r.PRUEFLOS AND s.VORGLFNR = r.VORGLFNR AND s.MERKNR = r.MERKNR
),
operation AS (
    SELECT MANDT, AUFPL, APLZL, min(VORNR) AS VORNR FROM raw.AFVC GROUP BY ALL
)
SELECT r.MANDANT,
       r.PRUEFLOS,
       l.WERK AS plant,
       r.measured_at AS changed_at,
       r.row_ref,
       nullif(concat_ws('; ', r.problems, v.problems, CASE WHEN v.PRUEFLOS IS NULL THEN 'no QAMV row' END,
                        CASE WHEN v.AUSWMENGE1 IS NULL THEN float_misfit(r.field, r.value_text) END,
                        CASE WHEN r.qualifier NOT IN ('<', '>') THEN concat('ATTRIBUT "', r.qualifier, '" is unknown') END,
                        CASE WHEN r.MBEWERTG NOT IN ('A', 'R') THEN concat('result with valuation "', r.MBEWERTG, '"') END), '') AS problems,
       r.ambiguous OR coalesce(v.ambiguous, false) OR coalesce(l.ambiguous, false) AS ambiguous,
       concat_ws('/', r.PRUEFLOS, r.VORGLFNR, r.MERKNR, coalesce(r.PROBENR, '0'), coalesce(r.DETAILERG, '0')) AS result_id,
       r.PRUEFLOS AS lot,
       l.MATNR AS material,
       l.CHARG AS batch,
       l.AUFNR AS order_no,
       coalesce(o.VORNR, r.VORGLFNR) AS operation_no,
       coalesce(v.VERWMERKM, v.KURZTEXT) AS characteristic,
       r.MERKNR AS item_no,
       r.PROBENR AS sample_no,
       -- A qualitative characteristic has a code, and what its number says is nothing.
       CASE WHEN v.AUSWMENGE1 IS NULL AND r.qualifier IS NULL THEN as_float(r.value_text) END AS value,
       CASE WHEN v.AUSWMENGE1 IS NULL THEN r.value_text ELSE r.CODE1 END AS value_text,
       r.qualifier,
       v.MASSEINHSW AS unit,
       TRY_CAST(v.STELLEN AS INTEGER) AS decimals,
       CASE r.MBEWERTG WHEN 'A' THEN 'accepted' WHEN 'R' THEN 'rejected' END AS valuation,
       nullif(concat_ws('/', r.GRUPPE1, r.CODE1), '') AS code,
       CASE WHEN v.TOLUNNI IS NOT NULL OR as_float(v.TOLERANZUN) <> 0 THEN as_float(v.TOLERANZUN) END AS lower_limit,
       CASE WHEN v.TOLOBNI IS NOT NULL OR as_float(v.TOLERANZOB) <> 0 THEN as_float(v.TOLERANZOB) END AS upper_limit,
       r.values_recorded,
       r.measured_at,
       r.PRUEFER AS owner
FROM recorded r
LEFT JOIN raw.QAMV v ON v.MANDANT = r.MANDANT AND v.PRUEFLOS = r.PRUEFLOS AND v.VORGLFNR = r.VORGLFNR AND v.MERKNR = r.MERKNR
LEFT JOIN raw.QALS l ON l.MANDANT = r.MANDANT AND l.PRUEFLOS = r.PRUEFLOS
LEFT JOIN operation o ON o.MANDT = l.MANDANT AND o.AUFPL = l.AUFPL AND o.APLZL = r.VORGLFNR
