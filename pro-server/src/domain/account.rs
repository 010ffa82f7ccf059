//! What an administrator's account may be made of. NIST SP 800-63B §3.1.1: length counts, composition rules do not.
//! It must never repeat what was typed.

use protocol::secret::Secret;

use super::member::Login;

/// Characters; shorter passwords are refused.
pub const PASSWORD_CHARS_MIN: u32 = 12;
/// Characters; nobody hashes books.
pub const PASSWORD_CHARS_MAX: u32 = 256;
/// A part of the login shorter than this may stand in a password.
const LOGIN_PART_CHARS_MIN: usize = 4;
/// Beginnings that guessing programs try first, in lower case; what follows is mostly a year or a row of digits.
const WELL_KNOWN: [&str; 16] = [
    "password",
    "passw0rd",
    "motdepasse",
    "mot de passe",
    "azerty",
    "qwerty",
    "qwertz",
    "123456",
    "administrator",
    "administrateur",
    "isoloir",
    "letmein",
    "welcome",
    "bienvenue",
    "changeme",
    "iloveyou",
];
/// What has to stand behind a well-known beginning.
const WELL_KNOWN_REST_CHARS_MIN: usize = 12;
/// Fewer different characters than this is a pattern.
const DIFFERENT_CHARS_MIN: usize = 5;

/// What is wrong with an account that somebody wants to set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAccount {
    #[error("the name is empty, too long, or has characters that no name has")]
    Name,
    #[error("somebody else has this name")]
    NameTaken,
    #[error("the password has fewer than {PASSWORD_CHARS_MIN} characters")]
    PasswordTooShort,
    #[error("the password has more than {PASSWORD_CHARS_MAX} characters")]
    PasswordTooLong,
    #[error("the password is well known, or made from the name")]
    PasswordGuessable,
    #[error("the password is the one that it was")]
    PasswordKept,
    #[error("the code is not the one of this moment")]
    Code,
}

/// Whether `password` may be chosen by the one called `name`.
pub fn judge_password(password: &Secret<String>, name: Option<&Login>) -> Result<(), BadAccount> {
    let text = password.expose();
    let chars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if chars < PASSWORD_CHARS_MIN {
        return Err(BadAccount::PasswordTooShort);
    }
    if chars > PASSWORD_CHARS_MAX {
        return Err(BadAccount::PasswordTooLong);
    }
    let folded = zeroize::Zeroizing::new(text.to_lowercase());
    let is_known = WELL_KNOWN
        .iter()
        .any(|known| folded.strip_prefix(known).is_some_and(|rest| rest.chars().count() < WELL_KNOWN_REST_CHARS_MIN));
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    let of_name = name.is_some_and(|name| {
        let mut parts = name.expose().split(|c: char| !c.is_alphanumeric());
        parts.any(|part| part.chars().count() >= LOGIN_PART_CHARS_MIN && folded.contains(part))
    });
    if is_known || of_name || different.len() < DIFFERENT_CHARS_MIN {
        Err(BadAccount::PasswordGuessable)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_guesses_do_not_pass() {
        let name = Login::parse("claire.moreau").expect("a login");
        let judged = |text: &str| judge_password(&Secret::from(text.to_owned()), Some(&name));
        for fine in ["trombone agile vert", "kx8-Rq2-mm4-Zt9", "élan sur le quai", "password store of the third floor"]
        {
            assert_eq!(judged(fine), Ok(()), "{fine}");
        }
        assert_eq!(judged("court mot"), Err(BadAccount::PasswordTooShort));
        assert_eq!(judged(&"ab".repeat(129)), Err(BadAccount::PasswordTooLong));
        for guessable in ["Password2026!", "Motdepasse2026", "aaaaaaaaaaaa", "Moreau-Paris-75", "azertyuiop123"] {
            assert_eq!(judged(guessable), Err(BadAccount::PasswordGuessable), "{guessable}");
        }
    }
}
