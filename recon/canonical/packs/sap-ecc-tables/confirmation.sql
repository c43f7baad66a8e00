/* ---
canonical: confirmation
key: [MANDT, RUECK, RMZHL]
reads:
  AFRU: [MANDT, RUECK, RMZHL]
  CRHD: SELECT r.MANDT, r.RUECK, r.RMZHL FROM raw.AFRU r SEMI JOIN changed.CRHD c ON c.MANDT = r.MANDT AND c.OBJID = r.ARBID
asked: {order_no: AFRU.AUFNR}
--- */
-- A cancelled confirmation is two rows: STOKZ on the one taken back, STZHL on the one that takes it back.
SELECT r.MANDT,
       r.RUECK,
       r.RMZHL,
       r.WERKS AS plant,
       utc(r.ERSDA, r.ERZET) AS changed_at,
       r.row_ref,
       r.problems,
       r.ambiguous,
       concat_ws('/', r.RUECK, r.RMZHL) AS confirmation,
       r.AUFNR AS order_no,
       r.VORNR AS operation_no,
       r.LMNGA AS yield_quantity,
       r.XMNGA AS scrap_quantity,
       r.MEINH AS unit,
       coalesce(r.AUERU = 'X', false) AS final,
       r.STOKZ IS NOT NULL OR coalesce(ltrim(r.STZHL, '0') <> '', false) AS cancelled,
       r.LTXA1 AS reference,
       r.APLFL AS sequence_no,
       r.RMNGA AS rework_quantity,
       CASE WHEN ltrim(r.STZHL, '0') <> '' THEN concat_ws('/', r.RUECK, r.STZHL) END AS cancels,
       utc(r.ISDD, r.ISDZ) AS started_at,
       utc(r.IEDD, r.IEDZ) AS ended_at,
       r.BUDAT AS posting_date,
       c.ARBPL AS resource,
       r.GRUND AS reason,
       r.ERNAM AS entered_by
FROM raw.AFRU r
LEFT JOIN (SELECT MANDT, OBJID, min(ARBPL) AS ARBPL FROM raw.CRHD WHERE OBJTY = 'A' GROUP BY MANDT, OBJID) c ON c.MANDT = r.MANDT AND c.OBJID = r.ARBID
