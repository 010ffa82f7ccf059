//! Files that are pasted or dropped into the window: terminals write their paths, as URIs (RFC 8089) or as a shell would take them.
//! Nothing is sent before the person has said yes, and words that only look like a path stay words.

use std::iter::Peekable;
use std::str::Chars;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Ask, Model, Overlay};

/// Most files that one paste offers.
const FILES_MAX: usize = 16;

impl Model {
    /// Text goes where the cursor is; files are asked about.
    pub(super) fn paste_into_draft(&mut self, text: &str) {
        match paths(text) {
            Some(files) => self.overlay = Some(Overlay::Pasted { files, text: text.into() }),
            None => self.write(|editor| editor.insert(text)),
        }
    }

    pub(super) fn on_pasted_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        match key.code {
            KeyCode::Enter => {
                if let Some(Overlay::Pasted { files, .. }) = self.overlay.take() {
                    for file in files {
                        self.offer_file(&file, asks);
                    }
                }
            }
            KeyCode::Esc => {
                if let Some(Overlay::Pasted { text, .. }) = self.overlay.take() {
                    self.write(|editor| editor.insert(text.expose()));
                }
            }
            _ => {}
        }
    }
}

/// The paths that were pasted, if that is all there is.
fn paths(text: &str) -> Option<Vec<String>> {
    let mut paths = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut signs = line.chars().peekable();
        while let Some(word) = word(&mut signs) {
            paths.push(path(&word)?);
        }
        if paths.len() > FILES_MAX {
            return None;
        }
    }
    (!paths.is_empty()).then_some(paths)
}

/// The next word as a shell splits them: quotes and backslashes keep spaces together.
fn word(signs: &mut Peekable<Chars<'_>>) -> Option<String> {
    while signs.next_if(|sign| sign.is_whitespace()).is_some() {}
    signs.peek()?;
    let (mut word, mut quote) = (String::new(), None);
    while let Some(sign) = signs.next() {
        match (sign, quote) {
            (sign, Some(open)) if sign == open => quote = None,
            ('\'' | '"', None) => quote = Some(sign),
            ('\\', None) => word.extend(signs.next()),
            (sign, None) if sign.is_whitespace() => break,
            (sign, _) => word.push(sign),
        }
    }
    Some(word)
}

/// A word that can be nothing else than the path of a file.
fn path(word: &str) -> Option<String> {
    if let Some(rest) = word.strip_prefix("file://") {
        let path = rest.strip_prefix("localhost").unwrap_or(rest);
        return path.starts_with('/').then(|| percent_decoded(path))?;
    }
    // "/shrug" is no path that anybody pastes.
    let inner = word.strip_prefix('/')?;
    (inner.contains('/') || inner.contains('.')).then(|| word.to_owned())
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?].map(char::from);
            let [high, low] = digits.map(|digit| digit.to_digit(16));
            bytes.push(u8::try_from(high? * 16 + low?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains('\0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_terminals_paste_for_files_is_found() {
        let of = |text: &str| paths(text).unwrap_or_default();
        assert_eq!(of("file:///srv/ada/Acte%20de%20vente.pdf\r\n"), ["/srv/ada/Acte de vente.pdf"]);
        assert_eq!(of("'/srv/ada/My deed.pdf' "), ["/srv/ada/My deed.pdf"]);
        assert_eq!(of("/srv/ada/My\\ deed.pdf"), ["/srv/ada/My deed.pdf"]);
        assert_eq!(of("file:///a/b\nfile:///a/c"), ["/a/b", "/a/c"]);
        assert_eq!(of("'/a/b' '/a/c'"), ["/a/b", "/a/c"]);
    }

    #[test]
    fn words_stay_words() {
        for text in
            ["", "  ", "/shrug", "see /etc/hosts", "/etc/hosts is wrong", "https://a.example/b", "file://host/a", "/"]
        {
            assert_eq!(paths(text), None, "{text}");
        }
        assert_eq!(paths(&"/a/b\n".repeat(FILES_MAX + 1)), None);
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_is_taken(text in any::<String>(), uri in "file:///[%a-f0-9é ]{0,20}") {
            for text in [text, uri] {
                let found = paths(&text).unwrap_or_default();
                prop_assert!(found.iter().all(|path| path.starts_with('/')));
            }
        }
    }
}
