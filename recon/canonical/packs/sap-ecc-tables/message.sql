/* ---
canonical: message
key: [MANDT, DOCNUM]
reads:
  EDIDC: [MANDT, DOCNUM]
  EDIDS: [MANDT, DOCNUM]
  AFFW: [MANDT, WEBLNR]
--- */
-- IDocs, and goods movements of confirmations that failed (COGI): those have their own number where an IDoc has DOCNUM.
WITH meaning(code, status) AS (
    VALUES ('01', 'pending'), ('02', 'failed'), ('03', 'sent'), ('04', 'failed'), ('05', 'failed'), ('06', 'sent'), ('08', 'sent'), ('12', 'sent'), ('16', 'posted'),
           ('18', 'sent'), ('20', 'failed'), ('25', 'pending'), ('26', 'failed'), ('29', 'failed'), ('30', 'pending'), ('31', 'ignored'), ('32', 'pending'), ('37', 'failed'),
           ('40', 'failed'), ('41', 'posted'), ('50', 'pending'), ('51', 'failed'), ('52', 'failed'), ('53', 'posted'), ('56', 'failed'), ('60', 'failed'), ('61', 'failed'),
           ('62', 'pending'), ('63', 'failed'), ('64', 'pending'), ('65', 'failed'), ('66', 'pending'), ('68', 'ignored'), ('69', 'pending'), ('74', 'pending'), ('75', 'pending')
),
newest AS (
    SELECT MANDT, DOCNUM, max_by({'code': STATUS, 'text': STATXT, 'class': STAMID, 'number': STAMNO},
                                 concat(LOGDAT, LOGTIM, lpad(COUNTR, 16, '0'), STATUS, STATXT, STAMID, STAMNO)) AS last,
           string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM raw.EDIDS
    GROUP BY MANDT, DOCNUM
)
SELECT c.MANDT,
       c.DOCNUM,
       '*' AS plant,
       coalesce(utc(c.UPDDAT, c.UPDTIM), utc(c.CREDAT, c.CRETIM)) AS changed_at,
       c.row_ref,
       nullif(concat_ws('; ', c.problems, n.problems, CASE WHEN m.code IS NULL THEN concat('IDoc status "', c.STATUS, '" is unknown') END), '') AS problems,
       c.ambiguous OR coalesce(n.ambiguous, false) AS ambiguous,
       c.DOCNUM AS message_id,
       'idoc' AS kind,
       c.MESTYP AS interface,
       CASE c.DIRECT WHEN '1' THEN 'outbound' WHEN '2' THEN 'inbound' END AS direction,
       coalesce(c.SNDPRN, c.SNDPOR) AS sender,
       coalesce(c.RCVPRN, c.RCVPOR) AS receiver,
       m.status,
       c.STATUS AS status_code,
       CASE WHEN n.last.code = c.STATUS THEN n.last.text END AS status_text,
       CASE WHEN m.status IN ('failed', 'ignored') THEN nullif(concat_ws('/', n.last.class, n.last.number), '') END AS reason,
       -- Syntax errors: 05, 26 and 60 [M].
       c.STATUS IN ('05', '26', '60') AS schema_mismatch,
       CAST(NULL AS VARCHAR) AS order_no,
       CAST(NULL AS VARCHAR) AS material,
       CAST(NULL AS VARCHAR) AS batch,
       CAST(NULL AS VARCHAR) AS storage_location,
       CAST(NULL AS VARCHAR) AS reservation,
       CAST(NULL AS VARCHAR) AS reservation_item,
       CAST(NULL AS VARCHAR) AS movement_type,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       c.ARCKEY AS reference,
       CAST(NULL AS VARCHAR) AS confirmation,
       utc(c.CREDAT, c.CRETIM) AS sent_at,
       CASE WHEN m.status = 'posted' THEN utc(c.UPDDAT, c.UPDTIM) END AS posted_at
FROM raw.EDIDC c
LEFT JOIN meaning m ON m.code = c.STATUS
LEFT JOIN newest n USING (MANDT, DOCNUM)
UNION ALL BY NAME
SELECT MANDT,
       WEBLNR AS DOCNUM,
       WERKS AS plant,
       utc(ERSDA, ERZET) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       concat_ws('/', 'AFFW', WEBLNR, WEBLPOS) AS message_id,
       'backflush' AS kind,
       'COGI' AS interface,
       'failed' AS status,
       nullif(concat_ws('/', MSGID, MSGNO), '') AS reason,
       false AS schema_mismatch,
       AUFNR AS order_no,
       MATNR AS material,
       CHARG AS batch,
       LGORT AS storage_location,
       RSNUM AS reservation,
       RSPOS AS reservation_item,
       BWART AS movement_type,
       abs(ERFMG) AS quantity,
       ERFME AS unit,
       nullif(concat_ws('/', RUECK, RMZHL), '') AS confirmation,
       utc(ERSDA, ERZET) AS sent_at
FROM raw.AFFW
