//! What was found, for a person at a terminal: three tables and what to do next. Colours only where the terminal takes
//! them; `NO_COLOR` is obeyed.

use crate::escape::one_line;
use crate::posture::{Device, Lifecycle, Posture, Top, Weakness};
use console::{Alignment, Style, Term, measure_text_width, pad_str, truncate_str};
use std::fmt::Write;

/// Rows of each table.
const ROWS: usize = 5;
/// Columns of a terminal that does not say how many it has, and the most that are used.
const USUAL_WIDTH: u16 = 80;
const MOST_WIDTH: u16 = 100;
const GAP: &str = "  ";

/// Where it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) width: usize,
    pub(super) colours: bool,
}

impl Page {
    /// The terminal on the standard output.
    pub(super) fn of_terminal() -> Self {
        let width = Term::stdout().size_checked().map_or(USUAL_WIDTH, |(_, columns)| columns);
        Self { width: width.clamp(40, MOST_WIDTH).into(), colours: console::colors_enabled() }
    }

    fn style(self) -> Style {
        Style::new().force_styling(self.colours)
    }
}

/// The page.
pub(super) fn render(posture: &Posture, page: Page) -> String {
    let mut out = String::new();
    let heading = page.style().bold();
    let kinds = posture.kinds().iter().map(|(kind, count)| format!("{count} {}", plural(kind, *count)));
    let _ = writeln!(out, "{}", heading.apply_to(textwrap::fill(&kinds.collect::<Vec<_>>().join(", "), page.width)));

    let devices = posture.riskiest_devices(ROWS);
    table(&mut out, page, "Riskiest devices", &DEVICES, devices, |it: &Device| {
        let numbers = [it.findings, it.critical, it.exploitable_critical].map(|count| count.to_string());
        let [findings, critical, exploitable] = numbers;
        vec![it.name.clone(), it.os.clone(), word(&it.risk), word(&it.exposure), findings, critical, exploitable]
    });
    let weaknesses = posture.exploitable(ROWS);
    table(&mut out, page, "Weaknesses with a known exploit", &WEAKNESSES, weaknesses, |it: &Weakness| {
        let score = it.score_tenths.map_or_else(|| "?".into(), |tenths| format!("{}.{}", tenths / 10, tenths % 10));
        let fix = if it.has_fix { "yes" } else { "no" };
        vec![it.cve.clone(), word(&it.severity), score, it.product.clone(), it.devices.to_string(), fix.to_owned()]
    });
    let lifecycles = posture.past_support(ROWS);
    table(&mut out, page, "Software past its support", &LIFECYCLES, lifecycles, |it: &Lifecycle| {
        vec![it.name.clone(), it.ended.clone().unwrap_or_else(|| "?".into()), it.devices.to_string()]
    });
    out
}

/// A column: its heading, on which side its cells stand, and whether it gives way where the page is too narrow.
struct Column(&'static str, Alignment, bool);

const DEVICES: [Column; 7] = [
    Column("device", Alignment::Left, true),
    Column("system", Alignment::Left, true),
    Column("risk", Alignment::Left, false),
    Column("exposure", Alignment::Left, false),
    Column("findings", Alignment::Right, false),
    Column("critical", Alignment::Right, false),
    Column("exploitable", Alignment::Right, false),
];
const WEAKNESSES: [Column; 6] = [
    Column("CVE", Alignment::Left, false),
    Column("severity", Alignment::Left, false),
    Column("CVSS", Alignment::Right, false),
    Column("product", Alignment::Left, true),
    Column("devices", Alignment::Right, false),
    Column("fix", Alignment::Left, false),
];
const LIFECYCLES: [Column; 3] = [
    Column("product", Alignment::Left, true),
    Column("support ended", Alignment::Left, false),
    Column("devices", Alignment::Right, false),
];

fn table<T>(
    out: &mut String,
    page: Page,
    title: &str,
    columns: &[Column],
    rows: Top<T>,
    cells: impl Fn(&T) -> Vec<String>,
) {
    let count = match rows.all {
        0 => "none".to_owned(),
        all if all > rows.first.len() => format!("{} of {all}", rows.first.len()),
        all => all.to_string(),
    };
    let _ = writeln!(out, "\n{} ({count})", page.style().bold().apply_to(title));
    if rows.all == 0 {
        return;
    }
    let lines: Vec<Vec<String>> =
        rows.first.iter().map(|row| cells(row).iter().map(|cell| one_line(cell)).collect()).collect();
    let widths = widths(columns, &lines, page.width);
    let heading: Vec<String> = columns.iter().map(|column| column.0.to_owned()).collect();
    let _ = writeln!(out, "{}", page.style().dim().apply_to(line(columns, &widths, &heading, |cell| cell.to_owned())));
    for cells in &lines {
        let _ = writeln!(out, "{}", line(columns, &widths, cells, |cell| coloured(page, cell)));
    }
}

/// As wide as their cells; those that give way share what is missing, the widest first.
fn widths(columns: &[Column], lines: &[Vec<String>], page: usize) -> Vec<usize> {
    let needed = |(at, column): (usize, &Column)| {
        let cells = lines.iter().map(|cells| measure_text_width(&cells[at]));
        cells.chain([measure_text_width(column.0)]).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = columns.iter().enumerate().map(needed).collect();
    let room = page.saturating_sub(GAP.len() * (columns.len() - 1));
    while widths.iter().sum::<usize>() > room {
        let yielding = (0..widths.len()).filter(|at| columns[*at].2 && widths[*at] > 8);
        let Some(widest) = yielding.max_by_key(|at| widths[*at]) else { break };
        widths[widest] -= 1;
    }
    widths
}

fn line(columns: &[Column], widths: &[usize], cells: &[String], paint: impl Fn(&str) -> String) -> String {
    let cells = columns.iter().zip(widths).zip(cells).map(|((column, width), cell)| {
        let cut = truncate_str(cell, *width, "…");
        // Padding is measured without the colours.
        pad_str(&paint(&cut), *width, column.1, None).into_owned()
    });
    cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
}

/// The words that matter most in the colours that people expect.
fn coloured(page: Page, cell: &str) -> String {
    let style = match cell {
        "Critical" | "High" => page.style().red(),
        "Medium" => page.style().yellow(),
        _ => return cell.to_owned(),
    };
    style.apply_to(cell).to_string()
}

fn word(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

fn plural(kind: &str, count: u64) -> String {
    let words = one_line(kind).replace('_', " ");
    match words.strip_suffix('y') {
        _ if count == 1 || words == "software" => words,
        Some(stem) => format!("{stem}ies"),
        None if words.ends_with('s') => format!("{words}es"),
        None => format!("{words}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(name: &str) -> Vec<String> {
        ["x", "High", "9.8", name, "12", "yes"].map(str::to_owned).to_vec()
    }

    #[test]
    fn long_names_give_way_and_numbers_do_not() {
        let lines = vec![cells(&"n".repeat(200)), cells("short")];
        let widths = widths(&WEAKNESSES, &lines, 60);
        assert_eq!(widths.iter().sum::<usize>() + GAP.len() * 5, 60);
        let text = line(&WEAKNESSES, &widths, &lines[0], str::to_owned);
        assert_eq!(measure_text_width(&text.replace("yes", "fix")), 60);
        assert!(text.contains('…') && text.contains("9.8") && text.ends_with("yes"), "{text}");
    }

    #[test]
    fn colours_do_not_move_columns() {
        let lines = vec![cells("a")];
        let widths = widths(&WEAKNESSES, &lines, 80);
        let plain = line(&WEAKNESSES, &widths, &lines[0], |cell| coloured(Page { width: 80, colours: false }, cell));
        let painted = line(&WEAKNESSES, &widths, &lines[0], |cell| coloured(Page { width: 80, colours: true }, cell));
        assert!(!plain.contains('\u{1b}') && painted.contains('\u{1b}'));
        assert_eq!(console::strip_ansi_codes(&painted), plain);
    }

    #[test]
    fn an_empty_tenant_says_none() {
        let page = render(&Posture::default(), Page { width: 80, colours: false });
        assert_eq!(page.matches("(none)").count(), 3, "{page}");
    }

    #[test]
    fn kinds_are_counted_as_people_say_them() {
        let kinds = [("vulnerability", 2), ("software", 2), ("ip_address", 2), ("device", 1)];
        let said: Vec<String> = kinds.iter().map(|(kind, count)| plural(kind, *count)).collect();
        assert_eq!(said, ["vulnerabilities", "software", "ip addresses", "device"]);
    }
}
