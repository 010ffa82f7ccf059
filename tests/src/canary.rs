//! Searches folders for secrets that must not be there, in every form in which a careless program would leave them: UTF-8,
//! UTF-16 in both orders, hexadecimal in both cases, base64 in both alphabets at each alignment. Names of files count too.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use anyhow::{Context as _, Result, ensure};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

/// A shorter canary could stand in a file by chance, in the shortened base64 forms above all.
const CANARY_BYTES_MIN: usize = 12;

/// The set of canaries to search for.
pub struct Canaries {
    forms: Vec<Form>,
    automaton: AhoCorasick,
}

struct Form {
    canary: String,
    encoding: &'static str,
    bytes: Vec<u8>,
}

/// Where a canary was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    pub canary: String,
    pub encoding: &'static str,
    pub file: PathBuf,
    /// The offset in the file in bytes; `None` when it is in the name.
    pub offset: Option<u64>,
}

impl Canaries {
    /// # Errors
    /// When a canary is too short to mean anything.
    pub fn new<'a>(canaries: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut forms = Vec::new();
        for canary in canaries {
            ensure!(canary.len() >= CANARY_BYTES_MIN, "a canary has at least {CANARY_BYTES_MIN} bytes: {canary:?}");
            forms.extend(forms_of(canary));
        }
        let automaton = AhoCorasick::new(forms.iter().map(|form| &form.bytes))?;
        Ok(Self { forms, automaton })
    }

    /// Every place below `root` where a canary stands. Files that vanish while it reads are passed over, as are sockets.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn search(&self, root: &Path) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
                let entry = entry?;
                let path = entry.path();
                self.search_name(&path, &mut found);
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    self.search_file(&path, &mut found)?;
                }
            }
        }
        Ok(found)
    }

    /// Every canary in these bytes, with its form.
    pub fn search_bytes(&self, bytes: &[u8]) -> Vec<(&str, &'static str, usize)> {
        self.automaton
            .find_iter(bytes)
            .map(|hit| {
                let form = &self.forms[hit.pattern().as_usize()];
                (form.canary.as_str(), form.encoding, hit.start())
            })
            .collect()
    }

    fn search_name(&self, path: &Path, found: &mut Vec<Found>) {
        let name = path.file_name().unwrap_or_default();
        for (canary, encoding, _) in self.search_bytes(name.as_encoded_bytes()) {
            found.push(Found { canary: canary.to_owned(), encoding, file: path.to_path_buf(), offset: None });
        }
    }

    fn search_file(&self, path: &Path, found: &mut Vec<Found>) -> Result<()> {
        let file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            opened => opened.with_context(|| format!("{}", path.display()))?,
        };
        for hit in self.automaton.try_stream_find_iter(file)? {
            let hit = hit.with_context(|| format!("{}", path.display()))?;
            let form = &self.forms[hit.pattern().as_usize()];
            found.push(Found {
                canary: form.canary.clone(),
                encoding: form.encoding,
                file: path.to_path_buf(),
                offset: Some(hit.start() as u64),
            });
        }
        Ok(())
    }
}

/// All forms of one canary.
fn forms_of(canary: &str) -> Vec<Form> {
    let bytes = canary.as_bytes();
    let mut forms = vec![
        ("UTF-8", bytes.to_vec()),
        ("UTF-16LE", canary.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16BE", canary.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("hex", HEXLOWER.encode(bytes).into_bytes()),
        ("HEX", HEXUPPER.encode(bytes).into_bytes()),
    ];
    for skipped in 0..3 {
        // Base64 writes three bytes as four characters: cut what depends on the neighbors on both sides.
        let aligned = bytes.get(skipped..).unwrap_or_default();
        let whole = aligned.get(..aligned.len() / 3 * 3).unwrap_or_default();
        forms.push(("base64", BASE64_NOPAD.encode(whole).into_bytes()));
        forms.push(("base64url", BASE64URL_NOPAD.encode(whole).into_bytes()));
    }
    forms.sort_by(|left, right| left.1.cmp(&right.1));
    forms.dedup_by(|left, right| left.1 == right.1);
    forms.into_iter().map(|(encoding, bytes)| Form { canary: canary.to_owned(), encoding, bytes }).collect()
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} as {} in {}", self.canary, self.encoding, self.file.display())?;
        match self.offset {
            Some(offset) => write!(formatter, " at {offset}"),
            None => write!(formatter, " (its name)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-of-the-registry";

    fn planted(bytes: &[u8]) -> Result<Vec<Found>> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("page"), bytes)?;
        Canaries::new([CANARY])?.search(folder.path())
    }

    #[test]
    fn finds_each_form_wherever_it_stands() -> Result<()> {
        for before in 0..7 {
            let mut plain = vec![b'x'; before];
            plain.extend_from_slice(CANARY.as_bytes());
            plain.extend_from_slice(b"yz");
            let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_be_bytes).collect();
            for (form, bytes) in [
                ("plain", plain.clone()),
                ("hex", HEXLOWER.encode(&plain).into_bytes()),
                ("base64", BASE64_NOPAD.encode(&plain).into_bytes()),
                ("base64url", BASE64URL_NOPAD.encode(&plain).into_bytes()),
                ("UTF-16", [vec![0; before], utf16.clone()].concat()),
            ] {
                assert_eq!(planted(&bytes)?.len(), 1, "{form} after {before} bytes");
            }
        }
        Ok(())
    }

    #[test]
    fn says_the_file_and_the_offset_across_a_large_file() -> Result<()> {
        let mut bytes = vec![0_u8; 3 << 20];
        bytes.extend_from_slice(CANARY.as_bytes());
        let found = planted(&bytes)?;
        assert_eq!(found.first().and_then(|hit| hit.offset), Some(3 << 20));
        Ok(())
    }

    #[test]
    fn finds_a_canary_in_the_name_of_a_folder() -> Result<()> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join(format!("a {CANARY}")))?;
        let found = Canaries::new([CANARY])?.search(folder.path())?;
        assert_eq!(found.iter().map(|hit| hit.offset).collect::<Vec<_>>(), [None]);
        Ok(())
    }

    #[test]
    fn finds_nothing_where_nothing_is() -> Result<()> {
        assert_eq!(planted(b"canary-of-another-registry")?, []);
        Ok(())
    }
}
