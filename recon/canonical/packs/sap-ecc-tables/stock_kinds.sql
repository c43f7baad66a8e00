-- Stock of every kind: from the records MCHB, MARD, MSKA, MSPR, MKOL, MSKU and MSLB, `between_plants` (UMLMC, TRAME) and what a pack has `computed`; `moved` has the
-- entry time of the last movement by material, plant, location and batch.
managed AS (
    SELECT MANDT, MATNR, min(MEINS) AS MEINS, bool_or(XCHPF IS NOT NULL) AS in_batches FROM raw.MARA GROUP BY MANDT, MATNR
),
managed_here AS (
    SELECT MANDT, MATNR, WERKS, bool_or(XCHPF IS NOT NULL) AS in_batches FROM raw.MARC GROUP BY MANDT, MATNR, WERKS
),
-- A batch whose status is restricted has no unrestricted stock: what its record calls so is restricted-use.
restricted AS (
    SELECT MANDT, MATNR, CHARG, NULL AS WERKS FROM raw.MCH1 WHERE ZUSTD IS NOT NULL
    UNION
    SELECT a.MANDT, a.MATNR, a.CHARG, a.WERKS FROM raw.MCHA a ANTI JOIN raw.MCH1 m ON m.MANDT = a.MANDT AND m.MATNR = a.MATNR AND m.CHARG = a.CHARG
    WHERE a.ZUSTD IS NOT NULL
),
record AS (
    SELECT MANDT, MATNR, WERKS, LGORT, CHARG, NULL AS SOBKZ, NULL AS partner, NULL AS reference, CLABS AS q01, CINSM AS q02, CRETM AS q03, CUMLM AS q04,
           CAST(NULL AS DECIMAL(18, 6)) AS q05, CAST(NULL AS DECIMAL(18, 6)) AS q06, CSPEM AS q07, CEINM AS q08, ['01', '02', '03', '04', '07', '08'] AS kinds, LAEDA, row_ref, problems, ambiguous
    FROM MCHB
    UNION ALL BY NAME
    -- MARD totals what MCHB has batch by batch: it counts where a material is not kept in batches.
    SELECT d.MANDT, d.MATNR, d.WERKS, d.LGORT, d.LABST AS q01, d.INSME AS q02, d.RETME AS q03, d.UMLME AS q04, d.SPEME AS q07, d.EINME AS q08, ['01', '02', '03', '04', '07', '08'] AS kinds, d.row_ref, d.problems,
           d.ambiguous
    FROM MARD d
    LEFT JOIN managed a USING (MANDT, MATNR)
    LEFT JOIN managed_here c USING (MANDT, MATNR, WERKS)
    WHERE NOT coalesce(a.in_batches, false) AND NOT coalesce(c.in_batches, false)
    UNION ALL BY NAME
    SELECT MANDT, MATNR, WERKS, LGORT, CHARG, SOBKZ, concat_ws('/', VBELN, POSNR) AS reference, KALAB AS q01, KAINS AS q02, KASPE AS q07, KAEIN AS q08,
           ['01', '02', '07', '08'] AS kinds, row_ref, problems, ambiguous
    FROM MSKA
    UNION ALL BY NAME
    SELECT MANDT, MATNR, WERKS, LGORT, CHARG, SOBKZ, PSPNR AS reference, PRLAB AS q01, PRINS AS q02, PRSPE AS q07, PREIN AS q08,
           ['01', '02', '07', '08'] AS kinds, row_ref, problems, ambiguous
    FROM MSPR
    UNION ALL BY NAME
    SELECT MANDT, MATNR, WERKS, LGORT, CHARG, SOBKZ, LIFNR AS partner, SLABS AS q01, SINSM AS q02, SSPEM AS q07, SEINM AS q08,
           ['01', '02', '07', '08'] AS kinds, row_ref, problems, ambiguous
    FROM MKOL
    UNION ALL BY NAME
    SELECT MANDT, MATNR, WERKS, CHARG, SOBKZ, KUNNR AS partner, KULAB AS q01, KUINS AS q02, KUEIN AS q08, ['01', '02', '08'] AS kinds, row_ref, problems, ambiguous FROM MSKU
    UNION ALL BY NAME
    SELECT MANDT, MATNR, WERKS, CHARG, SOBKZ, LIFNR AS partner, LBLAB AS q01, LBINS AS q02, LBEIN AS q08, ['01', '02', '08'] AS kinds, row_ref, problems, ambiguous FROM MSLB
    UNION ALL BY NAME
    -- Between plants stock has neither batch nor location.
    SELECT MANDT, MATNR, WERKS, UMLMC AS q05, TRAME AS q06, ['05', '06'] AS kinds, row_ref, problems, ambiguous FROM between_plants
    UNION ALL BY NAME
    SELECT * FROM computed
),
kind AS (
    SELECT r.*,
           unnest(CASE WHEN other_kind IS NOT NULL THEN [(other_kind, other_quantity)]
                       ELSE [('01', CASE WHEN x.CHARG IS NULL THEN q01 WHEN q01 IS NOT NULL THEN 0 END), ('02', q02), ('03', q03), ('04', q04), ('05', q05), ('06', q06),
                             ('07', q07), ('08', CASE WHEN x.CHARG IS NULL THEN q08 ELSE q08 + q01 END)] END) AS kept
    FROM record r
    LEFT JOIN restricted x ON x.MANDT = r.MANDT AND x.MATNR = r.MATNR AND x.CHARG = r.CHARG AND (x.WERKS IS NULL OR x.WERKS = r.WERKS)
)
SELECT k.MANDT,
       k.WERKS AS plant,
       coalesce(l.changed_at, utc(k.LAEDA, NULL), TIMESTAMP '1900-01-01') AS changed_at,
       k.row_ref,
       nullif(concat_ws('; ', k.problems, CASE WHEN a.MEINS IS NULL THEN 'no base unit in MARA' END), '') AS problems,
       k.ambiguous,
       k.MATNR AS material,
       k.CHARG AS batch,
       k.LGORT AS storage_location,
       k.kept[1] AS stock_type,
       k.SOBKZ AS special_stock,
       k.kept[2] AS quantity,
       a.MEINS AS unit,
       k.partner,
       k.reference AS special_stock_reference
FROM kind k
LEFT JOIN managed a USING (MANDT, MATNR)
LEFT JOIN (
    SELECT MANDT, MATNR, WERKS, LGORT, CHARG, true AS located, changed_at FROM moved
    UNION ALL
    SELECT MANDT, MATNR, WERKS, NULL, CHARG, false, max(changed_at) FROM moved GROUP BY ALL
) l ON l.MANDT = k.MANDT AND l.MATNR = k.MATNR AND l.WERKS = k.WERKS AND l.CHARG IS NOT DISTINCT FROM k.CHARG
       AND CASE WHEN k.LGORT IS NULL THEN NOT l.located ELSE l.located AND l.LGORT = k.LGORT END
WHERE k.kept[2] <> 0 OR (k.problems IS NOT NULL AND list_contains(k.kinds, k.kept[1]))
