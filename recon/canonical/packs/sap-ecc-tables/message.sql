/* ---
canonical: message
key: [MANDT, DOCNUM]
reads:
  EDIDC: [MANDT, DOCNUM]
  EDIDS: [MANDT, DOCNUM]
  AFFW: [MANDT, WEBLNR]
driving: [EDIDC, AFFW]
--- */
-- IDocs, and goods movements of confirmations that failed (COGI): those have their own number where an IDoc has DOCNUM.
-- The meaning of every status of an IDoc (D: SAP's list of them, TEDS1). Left out, for they are no messages: originals of edited IDocs (33, 70), what was archived or
-- read back from an archive (35, 38, 71, 73), and tests of a transfer (19, 21, 57, and whatever is marked as a test). Those that WE19 makes (42, 74) are processed.
WITH meaning(code, status) AS (
    VALUES ('01', 'pending'), ('02', 'failed'), ('03', 'sent'), ('04', 'failed'), ('05', 'failed'), ('06', 'sent'), ('07', 'failed'), ('08', 'sent'), ('09', 'failed'), ('10', 'sent'),
           ('11', 'failed'), ('12', 'sent'), ('13', 'sent'), ('14', 'sent'), ('15', 'failed'), ('16', 'posted'), ('17', 'failed'), ('18', 'sent'), ('20', 'failed'), ('22', 'sent'),
           ('23', 'failed'), ('24', 'sent'), ('25', 'pending'), ('26', 'failed'), ('27', 'failed'), ('29', 'failed'), ('30', 'pending'), ('31', 'ignored'), ('32', 'pending'),
           ('34', 'failed'), ('36', 'failed'), ('37', 'failed'), ('39', 'sent'), ('40', 'failed'), ('41', 'posted'), ('42', 'pending'), ('50', 'pending'), ('51', 'failed'),
           ('52', 'failed'), ('53', 'posted'), ('54', 'failed'), ('55', 'pending'), ('56', 'failed'), ('60', 'failed'), ('61', 'pending'), ('62', 'pending'), ('63', 'failed'),
           ('64', 'pending'), ('65', 'failed'), ('66', 'pending'), ('68', 'ignored'), ('69', 'pending'), ('74', 'pending'), ('75', 'pending')
),
-- A status may be written several times; the last record of the last one is what people see. Its text has places for four values: & in their order, or &1 to &4.
newest AS (
    SELECT MANDT, DOCNUM, max_by({'code': STATUS, 'text': CASE WHEN contains(STATXT, '&1')
                                      THEN replace(replace(replace(replace(STATXT, '&1', coalesce(STAPA1, '')), '&2', coalesce(STAPA2, '')), '&3', coalesce(STAPA3, '')), '&4', coalesce(STAPA4, ''))
                                      ELSE concat(part[1], coalesce(STAPA1, '') || part[2], coalesce(STAPA2, '') || part[3], coalesce(STAPA3, '') || part[4], coalesce(STAPA4, '') || part[5])
                                  END, 'class': STAMID, 'number': STAMNO},
                                 concat(LOGDAT, LOGTIM, lpad(COUNTR, 16, '0'), STATUS, STATXT, STAMID, STAMNO, STAPA1, STAPA2, STAPA3, STAPA4)) AS last,
           string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM (SELECT *, string_split(STATXT, '&') AS part FROM raw.EDIDS)
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
       CASE WHEN n.last.code = c.STATUS THEN nullif(trim(n.last.text), '') END AS status_text,
       CASE WHEN m.status IN ('failed', 'ignored') THEN nullif(concat_ws('/', n.last.class, n.last.number), '') END AS reason,
       -- Errors of syntax and translation.
       c.STATUS IN ('05', '07', '26', '60') AS schema_mismatch,
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
WHERE c.TEST IS NULL AND coalesce(c.STATUS, '') NOT IN ('19', '21', '33', '35', '38', '57', '70', '71', '73')
UNION ALL BY NAME
SELECT MANDT,
       WEBLNR AS DOCNUM,
       WERKS AS plant,
       coalesce(utc(FWDAT, FWZET), utc(ERSDA, ERZET)) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       concat_ws('/', 'AFFW', WEBLNR, WEBLPOS) AS message_id,
       'backflush' AS kind,
       'COGI' AS interface,
       -- What has no error waits for its job: goods movements can be uncoupled from their confirmation (D: CORUAFWP posts and COGI shows by MSGNO).
       CASE WHEN coalesce(nullif(MSGNO, '000'), MSGID) IS NULL THEN 'pending' ELSE 'failed' END AS status,
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
