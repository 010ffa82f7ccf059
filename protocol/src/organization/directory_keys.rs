//! The directory key in force and those before it (spec/certificate.md §1). What an earlier one signed counts only as far as something
//! that the key in force has signed names it by its hash: the log. It must never stand for a statement that is made anew.

use crate::keys::VerifyingKey;

/// The key in force, and the earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryKeys {
    current: VerifyingKey,
    former: Vec<VerifyingKey>,
}

impl From<VerifyingKey> for DirectoryKeys {
    fn from(current: VerifyingKey) -> Self {
        Self { current, former: Vec::new() }
    }
}

impl DirectoryKeys {
    /// `current`, which took over from `former`.
    pub fn after(current: VerifyingKey, former: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let former = former.into_iter().filter(|key| *key != current).collect();
        Self { current, former }
    }

    /// The key in force.
    pub fn current(&self) -> &VerifyingKey {
        &self.current
    }

    /// The key in force and then the earlier ones.
    pub fn all(&self) -> impl Iterator<Item = &VerifyingKey> {
        std::iter::once(&self.current).chain(&self.former)
    }

    /// Puts `key` in force; the one before it is an earlier one from now on.
    pub fn take_over(&mut self, key: VerifyingKey) {
        let before = std::mem::replace(&mut self.current, key);
        self.former.retain(|former| *former != before && *former != key);
        if before != key {
            self.former.push(before);
        }
    }

    /// What `check` says with the first key that it holds for; if it holds for none, what it says with the key in force.
    pub fn any<T, E>(&self, check: impl Fn(&VerifyingKey) -> Result<T, E>) -> Result<T, E> {
        check(&self.current).or_else(|refused| self.former.iter().find_map(|key| check(key).ok()).ok_or(refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    #[test]
    fn the_key_in_force_comes_first_and_each_key_once() {
        let [first, second, third] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]).verifying_key());
        let mut keys = DirectoryKeys::from(first);
        keys.take_over(second);
        keys.take_over(second);
        assert_eq!(keys, DirectoryKeys::after(second, [first, second]));
        // Back again, as after a restore.
        keys.take_over(third);
        keys.take_over(first);
        assert_eq!(keys.all().copied().collect::<Vec<_>>(), [first, second, third]);
        let only = |wanted| move |key: &VerifyingKey| if *key == wanted { Ok(*key) } else { Err(key.to_bytes()) };
        assert_eq!((keys.any(only(third)), keys.any(only(first))), (Ok(third), Ok(first)));
        let stranger = SigningKey::from_bytes(&[9; 32]).verifying_key();
        assert_eq!(keys.any(only(stranger)), Err(first.to_bytes()));
    }
}
