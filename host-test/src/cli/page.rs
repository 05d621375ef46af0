//! Text for people on a page that is 100 columns wide, whatever it is printed on: it can be piped and pasted.

use textwrap::Options;

/// Columns of a page.
pub(super) const WIDTH: usize = 100;

/// Cells in columns; so many columns to the left, the others, which are numbers, to the right.
pub(super) fn table<const N: usize>(rows: &[[String; N]], left: usize) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// A text that begins with a label, in lines that are indented behind the first. What has no blank is not broken: it is an
/// address or a name that somebody copies.
pub(super) fn paragraph(label: &str, text: &str) -> String {
    let options = Options::new(WIDTH).initial_indent(label).subsequent_indent("    ").break_words(false);
    let mut out = textwrap::fill(text, options);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_below_each_other_and_names_too() {
        let rows = [["a", "b", "n"], ["long", "c", "100"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows, 2), "a     b    n\nlong  c  100\n");
        assert_eq!(table(&rows, 3), "a     b  n\nlong  c  100\n");
    }

    #[test]
    fn a_paragraph_stays_on_the_page() {
        let text = paragraph("error: devices: ", &"word ".repeat(60));
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(
            text.starts_with("error: devices: word ") && text.lines().skip(1).all(|line| line.starts_with("    word"))
        );
        let address = "a".repeat(2 * WIDTH);
        assert!(paragraph("see ", &address).contains(&address));
    }
}
