/* ---
canonical: activity
key: [MANDT, RUECK, RMZHL]
reads:
  AFRU: [MANDT, RUECK, RMZHL]
  AFVC: SELECT r.MANDT, r.RUECK, r.RMZHL FROM raw.AFRU r SEMI JOIN changed.AFVC c ON c.MANDT = r.MANDT AND c.AUFPL = r.AUFPL AND c.APLZL = r.APLZL
  CRHD: SELECT r.MANDT, r.RUECK, r.RMZHL FROM raw.AFRU r SEMI JOIN changed.CRHD c ON c.MANDT = r.MANDT AND c.OBJID = r.ARBID
asked: {order_no: AFRU.AUFNR}
needs:
  AFRU: [ISM01, ILE01, ISM02, ILE02, ISM03, ILE03]
--- */
-- Up to six activities a confirmation. What each place means is said by the standard value key of the operation: SAP1 has setup, machine and labour [M].
WITH activity AS (
    SELECT *, unnest([(1, ISM01, ILE01), (2, ISM02, ILE02), (3, ISM03, ILE03), (4, ISM04, ILE04), (5, ISM05, ILE05), (6, ISM06, ILE06)]) AS one
    FROM raw.AFRU
),
operation AS (
    SELECT MANDT, AUFPL, APLZL, min(VGWTS) AS VGWTS, min(LAR01) AS LAR01, min(LAR02) AS LAR02, min(LAR03) AS LAR03, min(LAR04) AS LAR04, min(LAR05) AS LAR05,
           min(LAR06) AS LAR06
    FROM raw.AFVC
    GROUP BY MANDT, AUFPL, APLZL
)
SELECT r.MANDT,
       r.RUECK,
       r.RMZHL,
       r.WERKS AS plant,
       utc(r.ERSDA, r.ERZET) AS changed_at,
       r.row_ref,
       r.problems,
       r.ambiguous,
       concat_ws('/', r.RUECK, r.RMZHL, r.one[1]) AS activity_id,
       r.AUFNR AS order_no,
       r.APLFL AS sequence_no,
       r.VORNR AS operation_no,
       concat_ws('/', r.RUECK, r.RMZHL) AS confirmation,
       CASE WHEN o.VGWTS = 'SAP1' THEN ['setup', 'machine', 'labour', 'other', 'other', 'other'][r.one[1]] ELSE 'other' END AS activity,
       [o.LAR01, o.LAR02, o.LAR03, o.LAR04, o.LAR05, o.LAR06][r.one[1]] AS activity_type,
       c.ARBPL AS resource,
       abs(r.one[2]) AS quantity,
       r.one[3] AS unit,
       utc(r.ISDD, r.ISDZ) AS started_at,
       utc(r.IEDD, r.IEDZ) AS ended_at,
       r.GRUND AS reason,
       r.STOKZ IS NOT NULL OR coalesce(ltrim(r.STZHL, '0') <> '', false) AS cancelled,
       r.LTXA1 AS reference
FROM activity r
LEFT JOIN operation o ON o.MANDT = r.MANDT AND o.AUFPL = r.AUFPL AND o.APLZL = r.APLZL
LEFT JOIN (SELECT MANDT, OBJID, min(ARBPL) AS ARBPL FROM raw.CRHD WHERE OBJTY = 'A' GROUP BY MANDT, OBJID) c ON c.MANDT = r.MANDT AND c.OBJID = r.ARBID
WHERE r.one[2] <> 0 OR r.problems IS NOT NULL
