//! Where everything stands on the screen, in cells: one place for the drawing and for the model, which must know what fits.

use ratatui::layout::Rect;

/// Smallest window in which the chat makes sense.
pub const COLUMNS_MIN: u16 = 60;
pub const ROWS_MIN: u16 = 16;
/// Most rows of what is being written.
const EDITOR_ROWS_MAX: u16 = 6;
/// Columns of the list: a third of the window within these.
const LIST_COLUMNS_MIN: u16 = 22;
const LIST_COLUMNS_MAX: u16 = 36;

/// Size of the terminal, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl Size {
    /// Whether the chat fits.
    pub const fn is_enough(self) -> bool {
        self.columns >= COLUMNS_MIN && self.rows >= ROWS_MIN
    }

    /// Columns of the text being written: the prompt takes two.
    pub fn editor_columns(self) -> usize {
        usize::from(Areas::of(self, 0, 1).editor.width).saturating_sub(2)
    }
}

/// The panes.
#[derive(Debug, Clone, Copy)]
pub struct Areas {
    pub top: Rect,
    /// Empty when there is nothing to warn of.
    pub warning: Rect,
    pub list: Rect,
    /// Between the list and the conversation.
    pub rule: Rect,
    /// Who, and how safe.
    pub header: Rect,
    pub messages: Rect,
    /// One line: a question that waits, or a remark.
    pub remark: Rect,
    pub editor: Rect,
    pub keys: Rect,
}

impl Areas {
    /// For this many rows of warning and of text being written.
    pub fn of(size: Size, warning_rows: u16, editor_rows: u16) -> Self {
        let Size { columns, rows } = size;
        let list_columns = (columns / 3).clamp(LIST_COLUMNS_MIN, LIST_COLUMNS_MAX).min(columns);
        let editor_rows = editor_rows.clamp(1, EDITOR_ROWS_MAX);
        let body = 1 + warning_rows;
        let body_rows = rows.saturating_sub(body + 1);
        let right = (list_columns + 1).min(columns);
        let right_columns = columns - right;
        // The text being written has a rule above it.
        let messages_rows = body_rows.saturating_sub(1 + 1 + 1 + editor_rows);
        let area = |x: u16, y: u16, width: u16, height: u16| {
            let (x, y) = (x.min(columns), y.min(rows));
            Rect { x, y, width: width.min(columns - x), height: height.min(rows - y) }
        };
        let below = body + 1 + messages_rows;
        Self {
            top: area(0, 0, columns, 1),
            warning: area(0, 1, columns, warning_rows),
            list: area(0, body, list_columns, body_rows),
            rule: area(list_columns, body, 1, body_rows),
            header: area(right, body, right_columns, 1),
            messages: area(right, body + 1, right_columns, messages_rows),
            remark: area(right, below, right_columns, 1),
            editor: area(right, below + 1, right_columns, 1 + editor_rows),
            keys: area(0, rows.saturating_sub(1), columns, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_fill_the_screen_and_do_not_overlap() {
        for (columns, rows) in [(80, 24), (120, 40), (60, 16), (200, 60)] {
            for (warning, editor) in [(0, 1), (1, 1), (4, 6), (0, 99)] {
                let areas = Areas::of(Size { columns, rows }, warning, editor);
                let all = [
                    areas.top,
                    areas.warning,
                    areas.list,
                    areas.rule,
                    areas.header,
                    areas.messages,
                    areas.remark,
                    areas.editor,
                    areas.keys,
                ];
                let cells: u32 = all.iter().map(|area| area.area()).sum();
                assert_eq!(cells, u32::from(columns) * u32::from(rows));
                for (at, left) in all.iter().enumerate() {
                    assert!(all.iter().skip(at + 1).all(|right| left.intersection(*right).is_empty()));
                }
                assert!(areas.messages.height >= 1);
            }
        }
    }

    #[test]
    fn no_size_is_too_small_to_be_computed() {
        for columns in 0..30 {
            for rows in 0..12 {
                let areas = Areas::of(Size { columns, rows }, 1, 6);
                assert!(areas.editor.right() <= columns && areas.editor.bottom() <= rows);
            }
        }
    }
}
