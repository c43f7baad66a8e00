/* ---
canonical: stock
key: [MANDT, MATNR]
reads:
  MCHB: [MANDT, MATNR]
  MARD: [MANDT, MATNR]
  MSKA: [MANDT, MATNR]
  MSPR: [MANDT, MATNR]
  MKOL: [MANDT, MATNR]
  MSKU: [MANDT, MATNR]
  MSLB: [MANDT, MATNR]
  MARC: [MANDT, MATNR]
  MARA: [MANDT, MATNR]
  MCH1: [MANDT, MATNR]
  MCHA: [MANDT, MATNR]
  MSEG: [MANDT, MATNR]
  MKPF: >-
    SELECT m.MANDT, m.MATNR FROM raw.MSEG m SEMI JOIN changed.MKPF c ON c.MANDT = m.MANDT AND c.MBLNR = m.MBLNR AND c.MJAHR = m.MJAHR
continues: stock_kinds.sql
--- */
-- The time of a stock row is the entry time of the last movement that touched it, transfers included on both of their ends.
WITH moved AS (
    SELECT m.MANDT, m.MATNR, m.WERKS, m.LGORT, m.CHARG, max(utc(h.CPUDT, h.CPUTM)) AS changed_at
    FROM raw.MSEG m
    JOIN raw.MKPF h USING (MANDT, MBLNR, MJAHR)
    GROUP BY ALL
),
MCHB AS (FROM raw.MCHB),
MARD AS (FROM raw.MARD),
MSKA AS (FROM raw.MSKA),
MSPR AS (FROM raw.MSPR),
MKOL AS (FROM raw.MKOL),
MSKU AS (FROM raw.MSKU),
MSLB AS (FROM raw.MSLB),
between_plants AS (FROM raw.MARC),
computed AS (SELECT MANDT, CAST(NULL AS VARCHAR) AS other_kind, CAST(NULL AS DECIMAL(18, 6)) AS other_quantity FROM raw.MARC WHERE false),
