//! Names of received files. What an offer calls a file is a suggestion by a stranger: it must never choose a folder, hide a
//! file, name a device or deceive by direction marks. Sources: Microsoft "Naming Files, Paths, and Namespaces", UAX #9 §2.

/// Bytes of a name that we make, so that a number and any file system's limit of 255 fit.
pub const NAME_BYTES_MAX: usize = 180;
/// A suffix longer than this is not kept when a name is cut.
const EXTENSION_BYTES_MAX: usize = 16;
/// What a file is called when nothing is left of its name.
const NAMELESS: &str = "file";

const RESERVED: [&str; 8] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$", "desktop.ini"];

/// A harmless file name made from what an offer suggests: one component, visible, at most [`NAME_BYTES_MAX`] bytes.
pub fn harmless(suggested: &str) -> String {
    let replaced: String = suggested.chars().filter(|c| !is_invisible(*c)).map(plain).collect();
    let trimmed = replaced.trim_matches(|c: char| c.is_whitespace()).trim_start_matches(['.', ' ', '~', '-']);
    let cut = cut(trimmed.trim_end_matches(['.', ' ']));
    let named = cut.trim_end_matches(['.', ' ']);
    if named.is_empty() {
        NAMELESS.to_owned()
    } else if is_reserved(named) {
        format!("_{named}")
    } else {
        named.to_owned()
    }
}

/// The name with a number before its extension, for the `number`-th file of that name.
pub fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = split(name);
    format!("{stem} ({number}){extension}")
}

fn plain(c: char) -> char {
    match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}'
        | '\u{ff3c}' => '_',
        other => other,
    }
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_reserved(name: &str) -> bool {
    let lower = name.to_lowercase();
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let port = ["com", "lpt"].iter().filter_map(|prefix| stem.strip_prefix(prefix)).any(|rest| {
        let mut rest = rest.chars();
        matches!((rest.next(), rest.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    });
    port || RESERVED.contains(&stem) || RESERVED.contains(&lower.as_str())
}

fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= EXTENSION_BYTES_MAX => name.split_at(dot),
        _ => (name, ""),
    }
}

fn cut(name: &str) -> String {
    if name.len() <= NAME_BYTES_MAX {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let mut end = NAME_BYTES_MAX - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let (kept, _) = stem.split_at(end);
    format!("{kept}{extension}")
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_names_become_harmless() {
        for (hostile, harmless_name) in [
            ("report.pdf", "report.pdf"),
            ("compte rendu été.odt", "compte rendu été.odt"),
            ("../../.ssh/authorized_keys", "_.._.ssh_authorized_keys"),
            ("/etc/passwd", "_etc_passwd"),
            ("C:\\Windows\\x.exe", "C__Windows_x.exe"),
            (".bashrc", "bashrc"),
            ("..", "file"),
            ("", "file"),
            (" . . ", "file"),
            ("CON", "_CON"),
            ("com1.txt", "_com1.txt"),
            ("company.txt", "company.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\0b\nc", "abc"),
            ("trailing. .", "trailing"),
            ("-rf", "rf"),
        ] {
            assert_eq!(harmless(hostile), harmless_name, "{hostile:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = harmless(&format!("{}.pdf", "é".repeat(500)));
        assert!(name.len() <= NAME_BYTES_MAX && name.ends_with(".pdf"));
        assert_eq!(numbered("a.tar", 2), "a (2).tar");
        assert_eq!(numbered("noext", 3), "noext (3)");
    }

    proptest! {
        #[test]
        fn any_name_is_one_visible_component(suggested in any::<String>(), number in 2u32..) {
            let name = harmless(&suggested);
            for name in [numbered(&name, number), name] {
                let components: Vec<_> = Path::new(&name).components().collect();
                prop_assert!(matches!(components.as_slice(), [Component::Normal(_)]), "{:?}", name);
                prop_assert!(name.len() <= NAME_BYTES_MAX + 14);
                prop_assert!(!name.starts_with('.') && !name.ends_with(['.', ' ']));
                prop_assert!(!name.contains(['/', '\\', ':']) && !name.chars().any(char::is_control));
                prop_assert!(!is_reserved(&name));
            }
        }
    }
}
