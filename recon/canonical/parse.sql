-- How the text of a source becomes a value, by the form that recon.toml declares for it. Nothing is guessed: what does not fit is NULL
-- here, and staging says so in `problems`.

-- Blank in every dress is an absence: spaces, tabs, line ends, no-break spaces.
CREATE OR REPLACE MACRO as_text(value) AS nullif(trim(CAST(value AS VARCHAR), E' \t\n\r' || chr(160)), '');

-- From here to as_formed_timestamp a `value` is what as_text has made of it. Each is named as seldom as can be: a macro is a text that is put in its place, and
-- one that comes three times within another that comes three times is bound nine times, for every column of every table.

-- 1.000014E6, 4,9E+09: what is left of a long number that was a spreadsheet's for a while.
CREATE OR REPLACE MACRO is_shortened(value) AS regexp_full_match(value, '[0-9]+([.,][0-9]*[eE][-+]?|[eE][-+])[0-9]+');

-- ALPHA: only purely numeric identifiers lose leading zeros; one of nothing but zeros is SAP's initial value. A number that passed through a table of binary
-- numbers comes back as 1000014.0.
CREATE OR REPLACE MACRO as_identifier(value) AS
    CASE WHEN regexp_full_match(value, '[0-9]+([.]0)?') THEN nullif(ltrim(regexp_replace(value, '[.]0$', ''), '0'), '')
         WHEN NOT is_shortened(value) THEN value
    END;

-- `pattern` is the declared form of an unsigned number; the sign may stand in front or, as SAP lists print it, behind.
CREATE OR REPLACE MACRO as_number(value, pattern, thousands, decimal_mark) AS
    CASE WHEN regexp_full_match(value, '[-+]?' || pattern || '|' || pattern || '-')
         THEN try_cast(
             CASE WHEN value LIKE '%-' THEN '-' ELSE '' END
             || replace(replace(rtrim(value, '-'), thousands, ''), decimal_mark, '.') AS DECIMAL(18, 6))
    END;

-- What has no value and is no misfit, because it stands for no date at all, in any form: 00000000, 00.00.0000, 0000-00-00 (SAP's initial date), the first of
-- January of the year 1 (the initial value of other systems), and any day of the year 9999 (an end that is open).
CREATE OR REPLACE MACRO is_initial(value) AS
    regexp_full_match(value, '[0./: -]+(T[0.: -]+)?'
        || '|(0001[^0-9]?01[^0-9]?01|9999[^0-9]?[0-9]{2}[^0-9]?[0-9]{2})([^0-9].*|[0-9]{6})?'
        || '|(0?1[^0-9]0?1[^0-9]0001|[0-9]{1,2}[^0-9][0-9]{1,2}[^0-9]9999)([^0-9].*|[0-9]{6})?');

-- No plant keeps books of what lies further off: what says so was misread. Staging asks it of every date and timestamp.
CREATE OR REPLACE MACRO believable(moment) AS CASE WHEN moment >= DATE '1900-01-01' AND moment < DATE '9999-01-01' THEN moment END;

-- `look` is the form as a regular expression: strptime alone would read 26 as the year 26, and 2026031 as the first of March.
CREATE OR REPLACE MACRO as_date(value, form, look) AS
    CASE WHEN regexp_full_match(value, look) THEN CAST(try_strptime(value, form) AS DATE) END;

CREATE OR REPLACE MACRO as_time(value, form, look) AS
    CASE WHEN regexp_full_match(value, look) THEN CAST(try_strptime(value, form) AS TIME) END;

-- A timestamp that carries its offset is taken at its word, any other is in the zone of its source. There, the hour that daylight saving leaves out is read
-- as the hour after it, and the hour that comes twice as the second one.
CREATE OR REPLACE MACRO as_timestamp(value, zone) AS
    CASE WHEN regexp_full_match(value, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-4])(:?[0-9]{2})?)')
         THEN timezone('UTC', try_cast(value AS TIMESTAMPTZ))
         WHEN regexp_full_match(value, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?')
         THEN timezone('UTC', timezone(zone, try_cast(value AS TIMESTAMP)))
    END;

CREATE OR REPLACE MACRO as_formed_timestamp(value, form, look, zone) AS
    CASE WHEN regexp_full_match(value, look) THEN timezone('UTC', timezone(zone, try_strptime(value, form))) END;

-- A floating-point field of SAP (FLTP) has a mantissa and an exponent, and no thousands, whatever the form of the other numbers.
CREATE OR REPLACE MACRO as_float(value) AS TRY_CAST(replace(as_text(value), ',', '.') AS DECIMAL(18, 6));

CREATE OR REPLACE MACRO float_misfit(name, value) AS
    CASE WHEN as_text(value) IS NOT NULL AND as_float(value) IS NULL THEN concat(name, ' "', left(as_text(value), 40), '" is not a floating-point number') END;

-- What mappings say of values that they cannot take; NULL: nothing to say. Their texts are joined in `problems`, beside what staging found.

CREATE OR REPLACE MACRO as_flag(value) AS
    CASE WHEN lower(value) IN ('true', 't', '1', 'yes', 'x') THEN true WHEN lower(value) IN ('false', 'f', '0', 'no') THEN false END;

-- A mark is set for something out of the ordinary: where there is none, the row is an ordinary one.
CREATE OR REPLACE MACRO as_mark(value) AS CASE WHEN value IS NULL THEN false ELSE as_flag(value) END;

CREATE OR REPLACE MACRO unclear_flag(name, value) AS
    CASE WHEN value IS NOT NULL AND as_flag(value) IS NULL THEN concat(name, ' "', left(value, 40), '" is neither true nor false') END;

-- `value` is '' rather than NULL where an absence is not allowed either.
CREATE OR REPLACE MACRO unknown_code(name, value, codes) AS
    CASE WHEN value IS NOT NULL AND NOT list_contains(codes, lower(value)) THEN concat(name, ' "', left(value, 40), '" is unknown') END;

-- An unreadable value has been told of already.
CREATE OR REPLACE MACRO missing_value(name, value, problems) AS CASE WHEN value IS NULL AND problems IS NULL THEN concat('no ', name) END;

CREATE OR REPLACE MACRO negative_value(name, value) AS CASE WHEN value < 0 THEN concat('negative ', name) END;

CREATE OR REPLACE MACRO broken_number(name, value) AS CASE WHEN value <> trunc(value) THEN concat(name, ' ', value, ' is not whole') END;
