//! Text from elsewhere on its way out, to a terminal or a program in front of one: nothing in it may steer a terminal, begin a row of its
//! own where rows are printed, or turn the order of what stands there. Sources: ECMA-48, UAX #9 §2, RFC 8259 §7.

use std::fmt::Write as _;

use serde_json::Value;

/// Stands for what may not be shown. Not U+FFFD: some terminals leave that out, and columns shift.
const REPLACEMENT: char = '\u{25a1}';

/// Text from elsewhere within a row.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if is_steering(c) { REPLACEMENT } else { c }).collect()
}

/// Text from elsewhere that may have rows of its own, for whoever prints them as such.
pub fn plain_lines(text: &str) -> String {
    text.chars().map(|c| if is_steering(c) && c != '\n' { REPLACEMENT } else { c }).collect()
}

/// An object on a row. What steers is written as its number everywhere: it can stand nowhere but in a string, where that says the same.
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        if is_steering(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Controls, line ends that are none to a terminal, and the marks, embeddings, overrides and isolates of the bidirectional algorithm.
fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_begins_no_row_and_turns_nothing() {
        assert_eq!(plain("a.pdf\n0f  b.pdf\u{85}\u{202e}fdp\t"), "a.pdf\u{25a1}0f  b.pdf\u{25a1}\u{25a1}fdp\u{25a1}");
        assert_eq!(plain_lines("one\ntwo\u{9b}2J"), "one\ntwo\u{25a1}2J");
        assert_eq!(json(&json!({"text": "\u{9b}2J\u{7f}"})), r#"{"text":"\u009b2J\u007f"}"#);
    }

    proptest! {
        #[test]
        fn whatever_is_printed_as_json_steers_nothing_and_says_the_same(text in any::<String>(), c in any::<char>()) {
            let value = json!({"text": text, "sign": c.to_string()});
            let printed = json(&value);
            prop_assert!(!printed.chars().any(is_steering));
            prop_assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), value);
        }
    }
}
