//! Schedules as `robfig/cron` v3 `ParseStandard` reads them, by which `pkg/apis/batch/validation` `validateScheduleFormat`
//! judges.

const NUMBERS: [(&str, u32, u32); 5] =
    [("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 6)];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const NAMED: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Why a text is no schedule. `zone`: whether a zone may stand in front of it (`TZ=`), as until 1.28.
pub(super) fn parse(text: &str, zone: bool) -> Result<(), String> {
    let text = match text.strip_prefix("TZ=").or(text.strip_prefix("CRON_TZ=")) {
        Some(_) if !zone => return Err("a time zone goes into `timeZone`".to_string()),
        Some(rest) => rest.split_once(' ').map_or("", |(_, rest)| rest),
        None => text,
    };
    if text.starts_with('@') {
        let is_every = text.strip_prefix("@every ").is_some_and(is_duration);
        return match NAMED.contains(&text) || is_every {
            true => Ok(()),
            false => Err("it is none of the names that begin with `@`".to_string()),
        };
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != NUMBERS.len() {
        return Err(format!("it has {} fields instead of 5", fields.len()));
    }
    fields.iter().zip(NUMBERS).try_for_each(|(field, numbers)| {
        field.split(',').filter(|part| !part.is_empty()).try_for_each(|part| range(part, numbers))
    })
}

/// `getRange`: a number, a range or a star, with an optional step.
fn range(text: &str, (what, least, most): (&str, u32, u32)) -> Result<(), String> {
    let (range, step) = match text.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (text, None),
    };
    let ends: Vec<&str> = range.split('-').collect();
    let number = |text: &str| {
        let names: &[&str] = match what {
            "month" => &MONTHS,
            "day of the week" => &DAYS,
            _ => &[],
        };
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + least);
        named.or_else(|| text.parse().ok()).ok_or_else(|| format!("`{text}` is no {what}"))
    };
    if !matches!(ends[0], "*" | "?") {
        let first = number(ends[0])?;
        let last = match ends.as_slice() {
            [_] if step.is_some() => most,
            [_] => first,
            [_, last] => number(last)?,
            _ => return Err(format!("`{range}` has more than one hyphen")),
        };
        if first < least || last > most {
            return Err(format!("the {what} must be from {least} to {most}"));
        }
        if first > last {
            return Err(format!("`{range}` ends before it begins"));
        }
    }
    match step {
        None => Ok(()),
        Some(step) if step.parse::<u32>().is_ok_and(|step| step > 0) => Ok(()),
        Some(step) => Err(format!("`{step}` is no step")),
    }
}

/// A duration of Go, as far as a schedule can have one.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit = ["ns", "us", "µs", "ms", "s", "m", "h"].into_iter().find(|unit| {
            rest[digits..].strip_prefix(unit).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphabetic()))
        });
        let Some(unit) = unit.filter(|_| digits > 0) else { return false };
        rest = &rest[digits + unit.len()..];
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read_as_by_the_library() {
        for text in
            ["*/5 * * * *", "0 0 * JAN 1-5", "? ? ? ? ?", "3/10 * * * *", "1,,2 * * * *", "@every 1h30m", "@daily"]
        {
            assert_eq!(parse(text, false), Ok(()), "{text}");
        }
        for text in ["TZ=UTC 0 0 * * *", "CRON_TZ=Europe/Berlin @daily"] {
            assert!(parse(text, true).is_ok() && parse(text, false).is_err(), "{text}");
        }
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "1-2-3 * * * *",
            "@reboot",
            "@every x",
            "0 0 * * 7",
        ] {
            assert!(parse(text, true).is_err(), "{text}");
        }
    }
}
