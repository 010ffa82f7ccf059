//! The passphrase of a backup, from a file or asked for on the terminal, and what changes one's own password, from the terminal. Nothing
//! of it must ever be an argument or in the environment.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use protocol::secret::Secret;
use zeroize::Zeroizing;

use super::{Failure, file_failure};
use crate::administration::AdministratorOrder;
use crate::words::Words;

const PASSPHRASE_FILE_BYTES_MAX: u64 = 4 * 1024;
/// Shorter ones are guessed, whatever the work per guess.
const PASSPHRASE_CHARS_MIN: usize = 12;

/// What the passphrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new backup: asked twice, and not too short.
    Seal,
    Open,
}

/// The first line of `file`, or what the person types.
pub fn passphrase(words: &Words, file: Option<&Path>, purpose: Purpose) -> Result<Secret<String>, Failure> {
    let passphrase = match file {
        Some(file) => read(words, file)?,
        None if !std::io::stdin().is_terminal() => return Err(Failure::Usage(words.say("backup-passphrase-needed"))),
        None => typed(words, purpose)?,
    };
    if passphrase.is_empty() {
        return Err(Failure::Said(words.say("backup-passphrase-empty")));
    }
    if purpose == Purpose::Seal && passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
        let least = PASSPHRASE_CHARS_MIN.to_string();
        return Err(Failure::Said(words.say_with("backup-passphrase-short", &[("least", least.into())])));
    }
    Ok(Secret::new(passphrase.to_string()))
}

fn read(words: &Words, file: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let opened = std::fs::File::open(file);
    let read = opened.and_then(|file| file.take(PASSPHRASE_FILE_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| file_failure(words, file, &error))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn typed(words: &Words, purpose: Purpose) -> Result<Zeroizing<String>, Failure> {
    let ask = |id| prompt(words, id, "backup-passphrase-needed");
    let first = ask("backup-ask-passphrase")?;
    if purpose == Purpose::Seal && *ask("backup-ask-passphrase-again")? != *first {
        return Err(Failure::Said(words.say("backup-passphrases-differ")));
    }
    Ok(first)
}

/// Unseen; `needed` is said where there is no terminal.
fn prompt(words: &Words, id: &str, needed: &str) -> Result<Zeroizing<String>, Failure> {
    let typed = rpassword::prompt_password(format!("{} ", words.say(id)));
    typed.map(Zeroizing::new).map_err(|_| Failure::Usage(words.say(needed)))
}

/// The present password of `name`, a code of this moment, and the new password twice.
pub fn own_password(words: &Words, name: String) -> Result<AdministratorOrder, Failure> {
    let needed = "admin-password-terminal";
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(words.say(needed)));
    }
    let ask = |id| prompt(words, id, needed);
    let (current, code) = (ask("admin-ask-password")?, ask("admin-ask-code")?);
    let next = ask("admin-ask-new-password")?;
    if *ask("admin-ask-new-password-again")? != *next {
        return Err(Failure::Said(words.say("admin-passwords-differ")));
    }
    let [current, code, next] = [current, code, next].map(|typed| Secret::new(typed.to_string()));
    Ok(AdministratorOrder::Password { name, current, code, next })
}
