/* ---
canonical: confirmation
key: [MANDT, RUECK, RMZHL]
reads:
  AFRU: [MANDT, RUECK, RMZHL]
--- */
-- A cancelled confirmation is two rows: STOKZ on the one taken back, STZHL on the one that takes it back.
SELECT MANDT, RUECK, RMZHL,
       WERKS AS plant,
       utc(ERSDA, ERZET) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       concat_ws('/', RUECK, RMZHL) AS confirmation,
       AUFNR AS order_no,
       VORNR AS operation_no,
       LMNGA AS yield_quantity,
       XMNGA AS scrap_quantity,
       MEINH AS unit,
       coalesce(AUERU = 'X', false) AS final,
       STOKZ IS NOT NULL OR coalesce(ltrim(STZHL, '0') <> '', false) AS cancelled,
       LTXA1 AS reference
FROM raw.AFRU
