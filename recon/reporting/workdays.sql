-- When the plants worked, as recon.toml said that night; a plant that is not here works every day.
CREATE TABLE workdays (plant VARCHAR PRIMARY KEY, week INTEGER[], works DATE[], rests DATE[]);

-- Nights open, without those whose cut fell on a day on which the plant does not work: of so many days up to the last one, those that are working days.
CREATE MACRO working_days(nights, last_day, week, works, rests) AS
    CASE
        WHEN week IS NULL THEN nights
        ELSE len(
            list_filter(
                range(last_day - nights::INTEGER + 1, last_day + 1, INTERVAL 1 DAY),
                lambda day: list_contains(works, day::DATE) OR (list_contains(week, isodow(day)) AND NOT list_contains(rests, day::DATE))
            )
        )
    END;
