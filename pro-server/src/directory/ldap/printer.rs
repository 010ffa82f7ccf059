//! Whether an entry is as it was, told by a keyed hash over everything that it showed: most of a large directory stays the same, and
//! what stays need not be read again. Nobody outside knows the key. It must never be the only proof of anything that gives access.

use std::hash::{BuildHasher as _, RandomState};

use ldap3::SearchEntry;

use super::super::picture::Print;

/// Makes prints that can be compared with each other; a cheap clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Printer {
    key: RandomState,
}

impl Printer {
    /// Of an entry, and of values that were fetched for it. The order of its attributes does not count, that of their values does.
    pub(super) fn print(&self, entry: &SearchEntry, others: &[String]) -> Print {
        let texts = entry.attrs.iter().map(|attribute| self.key.hash_one(("text", attribute)));
        let bytes = entry.bin_attrs.iter().map(|attribute| self.key.hash_one(("bytes", attribute)));
        let whole = self.key.hash_one((&entry.dn, others));
        Print(texts.chain(bytes).fold(whole, u64::wrapping_add))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn entry(dn: &str, attributes: &[(&str, &[&str])]) -> SearchEntry {
        let attribute = |(name, values): &(&str, &[&str])| {
            ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
        };
        SearchEntry { dn: dn.into(), attrs: attributes.iter().map(attribute).collect(), bin_attrs: HashMap::new() }
    }

    #[test]
    fn every_change_shows_and_the_order_of_attributes_does_not() {
        let printer = Printer::default();
        let print = |dn, attributes: &[(&str, &[&str])]| printer.print(&entry(dn, attributes), &[]);
        let usual = print("uid=a", &[("uid", &["a"]), ("cn", &["A", "B"])]);
        assert_eq!(usual, print("uid=a", &[("cn", &["A", "B"]), ("uid", &["a"])]));
        for other in [
            print("uid=b", &[("uid", &["a"]), ("cn", &["A", "B"])]),
            print("uid=a", &[("uid", &["A"]), ("cn", &["A", "B"])]),
            print("uid=a", &[("uid", &["a"]), ("cn", &["AB"])]),
            print("uid=a", &[("uid", &["a"]), ("cn", &["A"])]),
            print("uid=a", &[("uid", &["a"])]),
            print("uid=a", &[("cn", &["a"]), ("uid", &["A", "B"])]),
            printer.print(&entry("uid=a", &[("uid", &["a"]), ("cn", &["A", "B"])]), &["x".into()]),
        ] {
            assert_ne!(usual, other);
        }
    }

    proptest! {
        #[test]
        fn text_and_bytes_are_not_the_same(value in "[a-z]{0,9}") {
            let printer = Printer::default();
            let text = entry("uid=a", &[("cn", &[&value])]);
            let mut bytes = entry("uid=a", &[]);
            bytes.bin_attrs.insert("cn".into(), vec![value.into_bytes()]);
            prop_assert_ne!(printer.print(&text, &[]), printer.print(&bytes, &[]));
        }
    }
}
