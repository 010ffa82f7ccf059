//! Many rows in one statement: what a first directory run writes is hundreds of thousands of rows, and each statement costs more
//! than its row. The text is made of constants only.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::Statement;

/// Rows of one statement. The text of a full statement is the same each time, so the engine prepares it once.
pub(super) const ROWS: usize = 64;

/// `INSERT INTO …` with placeholders for so many rows of so many columns, to be bound row after row.
pub(super) fn insert(into: &'static str, columns: usize, rows: usize) -> Statement {
    sqlx::query(AssertSqlSafe(text(into, columns, rows)))
}

/// `($first, …)`, so many, for values to compare with.
pub(super) fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|place| format!("${place}")).collect();
    format!("({})", places.join(", "))
}

/// `text` with so many placeholders behind it, the first of which is `$first`: for `… IN`.
pub(super) fn among(text: &'static str, first: usize, count: usize) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("{text} {}", places(first, count)))
}

fn text(into: &'static str, columns: usize, rows: usize) -> String {
    let mut text = format!("INSERT INTO {into} VALUES ");
    for row in 0..rows {
        for column in 0..columns {
            let before = match (row, column) {
                (0, 0) => "(",
                (_, 0) => "), (",
                (_, _) => ", ",
            };
            // Writing to a String cannot fail.
            let _ = write!(text, "{before}${}", row * columns + column + 1);
        }
    }
    text.push(')');
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn places_are_counted_from_one() {
        assert_eq!(super::places(1, 3), "($1, $2, $3)");
    }

    #[test]
    fn placeholders_go_on_from_row_to_row() {
        let text = super::text("log_leaf (position, leaf)", 2, 3);
        assert_eq!(
            super::among("SELECT a FROM t WHERE b = $1 AND a IN", 2, 2).0,
            "SELECT a FROM t WHERE b = $1 AND a IN ($2, $3)"
        );
        assert_eq!(text, "INSERT INTO log_leaf (position, leaf) VALUES ($1, $2), ($3, $4), ($5, $6)");
    }
}
