//! A file of people, looked at before it is taken. It must never carry the file itself.

use super::RunReport;

/// What an import would do.
#[derive(Debug, Clone)]
pub struct ImportPreview {
    /// Of the good lines. Its digest names what [`super::AdminApi::run_import`] would carry out.
    pub report: RunReport,
    /// In the order of the file, at most [`super::RUN_ROWS_MAX`]; a file that has any is not taken.
    pub bad_lines: Vec<BadLine>,
    /// All of them.
    pub bad_count: u64,
}

/// What came of looking at a file.
#[derive(Debug, Clone)]
pub enum ImportLook {
    Read(ImportPreview),
    Unreadable(FileFault),
}

/// Why a file is not read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// Nothing was chosen, or nothing is in it.
    Empty,
    TooLarge {
        bytes_max: u64,
    },
    TooMany {
        people_max: u64,
    },
    /// The first line lacks this column, or has it twice: `login`, `name`, `mail`, `id` or `groups`.
    Columns {
        attribute: &'static str,
    },
}

/// A line that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine {
    /// Of the file, from 1.
    pub line: u64,
    pub fault: LineFault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFault {
    Fields {
        has: u64,
        expected: u64,
    },
    NotUtf8,
    /// `attribute` is one of those of [`FileFault::Columns`].
    Unusable {
        attribute: &'static str,
    },
    Repeated {
        attribute: &'static str,
        first_line: u64,
    },
    LoginTaken,
}
