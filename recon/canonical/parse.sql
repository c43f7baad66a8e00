-- How the text of a source becomes a value, by the form that recon.toml declares for it. Nothing is guessed: what does not fit is NULL
-- here, and staging says so in `problems`.

-- Blank in every dress is an absence: spaces, tabs, line ends, no-break spaces.
CREATE OR REPLACE MACRO as_text(value) AS nullif(trim(CAST(value AS VARCHAR), chr(32) || chr(9) || chr(10) || chr(13) || chr(160)), '');

-- ALPHA: only purely numeric identifiers lose leading zeros; one of nothing but zeros is SAP's initial value.
CREATE OR REPLACE MACRO as_identifier(value) AS
    CASE WHEN regexp_full_match(as_text(value), '[0-9]+') THEN nullif(ltrim(as_text(value), '0'), '') ELSE as_text(value) END;

-- `pattern` is the declared form of an unsigned number; the sign may stand in front or, as SAP lists print it, behind.
CREATE OR REPLACE MACRO as_number(value, pattern, thousands, decimal_mark) AS
    CASE WHEN regexp_full_match(as_text(value), '[-+]?' || pattern || '|' || pattern || '-')
         THEN try_cast(
             CASE WHEN as_text(value) LIKE '%-' THEN '-' ELSE '' END
             || replace(replace(rtrim(as_text(value), '-'), thousands, ''), decimal_mark, '.') AS DECIMAL(18, 6))
    END;

-- What has no value and is no misfit, because it stands for no date at all, in any form: 00000000, 00.00.0000, 0000-00-00 (SAP's initial date), the first of
-- January of the year 1 (the initial value of other systems), and any day of the year 9999 (an end that is open).
CREATE OR REPLACE MACRO is_initial(value) AS
    regexp_full_match(as_text(value), '[0./: -]+(T[0.: -]+)?'
        || '|(0001[^0-9]?01[^0-9]?01|9999[^0-9]?[0-9]{2}[^0-9]?[0-9]{2})([^0-9].*|[0-9]{6})?'
        || '|(0?1[^0-9]0?1[^0-9]0001|[0-9]{1,2}[^0-9][0-9]{1,2}[^0-9]9999)([^0-9].*|[0-9]{6})?');

-- No plant keeps books of what lies further off: what says so was misread.
CREATE OR REPLACE MACRO believable(moment) AS CASE WHEN moment >= DATE '1900-01-01' AND moment < DATE '9999-01-01' THEN moment END;

-- `look` is the form as a regular expression: strptime alone would read 26 as the year 26, and 2026031 as the first of March.
CREATE OR REPLACE MACRO as_date(value, form, look) AS
    CASE WHEN regexp_full_match(as_text(value), look) THEN believable(CAST(try_strptime(as_text(value), form) AS DATE)) END;

CREATE OR REPLACE MACRO as_time(value, form, look) AS
    CASE WHEN regexp_full_match(as_text(value), look) THEN CAST(try_strptime(as_text(value), form) AS TIME) END;

-- A timestamp that carries its offset is taken at its word, any other is in the zone of its source. There, the hour that daylight saving leaves out is read
-- as the hour after it, and the hour that comes twice as the second one.
CREATE OR REPLACE MACRO as_timestamp(value, zone) AS
    believable(CASE WHEN regexp_full_match(as_text(value), '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-4])(:?[0-9]{2})?)')
         THEN timezone('UTC', try_cast(as_text(value) AS TIMESTAMPTZ))
         WHEN regexp_full_match(as_text(value), '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?')
         THEN timezone('UTC', timezone(zone, try_cast(as_text(value) AS TIMESTAMP)))
    END);

CREATE OR REPLACE MACRO as_formed_timestamp(value, form, look, zone) AS
    CASE WHEN regexp_full_match(as_text(value), look) THEN believable(timezone('UTC', timezone(zone, try_strptime(as_text(value), form)))) END;
