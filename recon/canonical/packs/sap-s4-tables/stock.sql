/* ---
canonical: stock
key: [MANDT, material, plant]
empty: [plant]
reads:
  NSDM_V_MCHB: [MANDT, MATNR, WERKS]
  NSDM_V_MARD: [MANDT, MATNR, WERKS]
  NSDM_V_MSKA: [MANDT, MATNR, WERKS]
  NSDM_V_MSPR: [MANDT, MATNR, WERKS]
  NSDM_V_MKOL: [MANDT, MATNR, WERKS]
  NSDM_V_MSKU: [MANDT, MATNR, WERKS]
  NSDM_V_MSLB: [MANDT, MATNR, WERKS]
  NSDM_V_MARC: [MANDT, MATNR, WERKS]
  MARC: [MANDT, MATNR, WERKS]
  MARA: >-
    SELECT s.MANDT, s.MATNR, s.WERKS FROM (SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MCHB
    UNION ALL SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MARD
    UNION ALL SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MSKA
    UNION ALL SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MSPR
    UNION ALL SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MKOL
    UNION ALL SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MSKU
    UNION ALL SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MSLB
    UNION ALL SELECT MANDT, MATNR, WERKS FROM raw.NSDM_V_MARC
    UNION ALL SELECT MANDT, MATBF, WERKS FROM raw.MATDOC WHERE is_without('NSDM_V_MCHB')) s
    SEMI JOIN changed.MARA c ON c.MANDT = s.MANDT AND c.MATNR = s.MATNR
  MATDOC: [MANDT, MATBF, WERKS]
  MCH1: >-
    SELECT s.MANDT, s.MATNR, s.WERKS FROM (SELECT MANDT, MATNR, WERKS, CHARG FROM raw.NSDM_V_MCHB
    UNION ALL SELECT MANDT, MATNR, WERKS, CHARG FROM raw.NSDM_V_MSKA
    UNION ALL SELECT MANDT, MATNR, WERKS, CHARG FROM raw.NSDM_V_MSPR
    UNION ALL SELECT MANDT, MATNR, WERKS, CHARG FROM raw.NSDM_V_MKOL
    UNION ALL SELECT MANDT, MATNR, WERKS, CHARG FROM raw.NSDM_V_MSKU
    UNION ALL SELECT MANDT, MATNR, WERKS, CHARG FROM raw.NSDM_V_MSLB
    UNION ALL SELECT MANDT, MATBF, WERKS, CHARG_SID FROM raw.MATDOC WHERE is_without('NSDM_V_MCHB')) s
    SEMI JOIN changed.MCH1 c ON c.MANDT = s.MANDT AND c.MATNR = s.MATNR AND c.CHARG = s.CHARG
  MCHA: [MANDT, MATNR, WERKS]
driving: [NSDM_V_MCHB, NSDM_V_MARD, NSDM_V_MSKA, NSDM_V_MSPR, NSDM_V_MKOL, NSDM_V_MSKU, NSDM_V_MSLB, MATDOC]  # as for ECC, or the sum of documents
continues: stock_kinds.sql
--- */
-- S/4 stores no stock totals: the tables MCHB, MARD … may be replicated empty or stale, so they are not read. A site either extracts the views NSDM_V_… that
-- SAP computes, or declares that it is without NSDM_V_MCHB, and stock is the sum of MATDOC's signed STOCK_QTY over all record types. That needs every document
-- since the first: where MATDOC's history begins later, no computed row can be judged.
WITH moved AS (
    SELECT MANDT, MATBF AS MATNR, WERKS, coalesce(LGORT_SID, LGORT) AS LGORT, coalesce(CHARG_SID, CHARG) AS CHARG, max(utc(CPUDT, CPUTM)) AS changed_at
    FROM raw.MATDOC
    WHERE RECORD_TYPE IS NULL OR RECORD_TYPE = 'MDOC'
    GROUP BY ALL
),
MCHB AS (FROM raw.NSDM_V_MCHB),
MARD AS (FROM raw.NSDM_V_MARD),
MSKA AS (FROM raw.NSDM_V_MSKA),
MSPR AS (FROM raw.NSDM_V_MSPR),
MKOL AS (FROM raw.NSDM_V_MKOL),
MSKU AS (FROM raw.NSDM_V_MSKU),
MSLB AS (FROM raw.NSDM_V_MSLB),
between_plants AS (FROM raw.NSDM_V_MARC),
summed AS (
    SELECT MANDT, MATBF AS MATNR, WERKS, LGORT_SID AS LGORT, CHARG_SID AS CHARG, SOBKZ, coalesce(LIFNR_SID, KUNNR_SID) AS partner,
           nullif(CASE WHEN SOBKZ = 'Q' THEN MAT_PSPNR ELSE concat_ws('/', MAT_KDAUF, MAT_KDPOS) END, '') AS reference,
           LBBSA_SID, sum(STOCK_QTY) AS quantity, max(row_ref) AS row_ref,
           string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM raw.MATDOC
    -- A line without a stock type, such as a receipt into consumption, is in no stock.
    WHERE is_without('NSDM_V_MCHB') AND MATBF IS NOT NULL AND LBBSA_SID IS NOT NULL
    GROUP BY ALL
),
computed AS (
    SELECT MANDT, MATNR, WERKS, LGORT, CHARG, SOBKZ, partner, reference, LBBSA_SID AS other_kind, quantity AS other_quantity, row_ref,
           nullif(concat_ws('; ', problems,
                            CASE WHEN complete_from('MATDOC') IS NOT NULL THEN concat('stock computed from documents since ', complete_from('MATDOC'), ' alone') END), '')
               AS problems,
           ambiguous, [LBBSA_SID] AS kinds
    FROM summed
    WHERE quantity <> 0 OR problems IS NOT NULL OR ambiguous
),
