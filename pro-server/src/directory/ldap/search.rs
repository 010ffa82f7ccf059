//! Searches whose answer is whole or a fault: page by page (RFC 2696), attributes in ranges (MS-ADTS §3.1.1.3.1.3.3) included.

use ldap3::adapters::{Adapter, PagedResults};
use ldap3::asn1::PL;
use ldap3::controls::RawControl;
use ldap3::{ResultEntry, Scope, SearchEntry};

use crate::config::ldap_kind::LdapKind;

use super::super::fault::LdapFault;
use super::session::{OPERATION_TIMEOUT, Session};

const PAGE_ENTRIES: i32 = 500;
/// Pieces of one attribute's values that are fetched; Active Directory gives 1,500 or more at a time.
const RANGES_MAX: usize = 1_000;

/// What is looked for.
pub(super) struct Search<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) filter: &'a str,
    pub(super) attributes: &'a [String],
    pub(super) controls: Vec<RawControl>,
}

impl<'a> Search<'a> {
    /// Everything at and below `base`.
    pub(super) fn below(base: &'a str, filter: &'a str, attributes: &'a [String]) -> Self {
        Self { base, scope: Scope::Subtree, filter, attributes, controls: Vec::new() }
    }
}

/// The entry as the library reads it, which takes for granted that a name is text.
pub(super) fn constructed(entry: ResultEntry) -> Result<SearchEntry, LdapFault> {
    let PL::C(parts) = &entry.0.payload else { return Err(LdapFault::Incomplete) };
    match parts.first().map(|name| &name.payload) {
        Some(PL::P(name)) if std::str::from_utf8(name).is_ok() => Ok(SearchEntry::construct(entry)),
        _ => Err(LdapFault::Incomplete),
    }
}

impl Session {
    /// Hands each entry to `take`. Only an answer that came to its end is a success.
    pub(super) async fn each(
        &mut self,
        search: Search<'_>,
        mut take: impl FnMut(SearchEntry) -> Result<(), LdapFault> + Send,
    ) -> Result<(), LdapFault> {
        let kind = self.root.kind;
        let adapters: Vec<Box<dyn Adapter<'_, String, Vec<String>>>> = vec![Box::new(PagedResults::new(PAGE_ENTRIES))];
        let ldap = self.ldap.with_timeout(OPERATION_TIMEOUT).with_controls(search.controls);
        let attributes = search.attributes.to_vec();
        let opening = ldap.streaming_search_with(adapters, search.base, search.scope, search.filter, attributes);
        let mut stream = opening.await?;
        while let Some(entry) = stream.next().await? {
            if entry.is_intermediate() {
                continue;
            }
            if entry.is_ref() {
                // A domain names its other partitions in every search; anywhere else a part of the people is elsewhere.
                if kind == LdapKind::ActiveDirectory {
                    continue;
                }
                return Err(LdapFault::Referral);
            }
            take(constructed(entry)?)?;
        }
        LdapFault::of_result(&stream.finish().await)
    }

    /// One entry, if it is there.
    pub(super) async fn entry(&mut self, dn: &str, attributes: &[String]) -> Result<Option<SearchEntry>, LdapFault> {
        self.entry_in(dn, "(objectClass=*)", attributes).await
    }

    /// One entry, if it is there and in the filter.
    pub(super) async fn entry_in(
        &mut self,
        dn: &str,
        filter: &str,
        attributes: &[String],
    ) -> Result<Option<SearchEntry>, LdapFault> {
        let mut found = None;
        let search = Search { base: dn, scope: Scope::Base, filter, attributes, controls: Vec::new() };
        let done = self.each(search, |entry| {
            found = Some(entry);
            Ok(())
        });
        match done.await {
            Ok(()) => Ok(found),
            Err(LdapFault::Base) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// All values of `attribute` of an entry of which `entry` may have only the first ones. `None`: the entry went meanwhile.
    pub(super) async fn all_values(
        &mut self,
        entry: &SearchEntry,
        attribute: &str,
    ) -> Result<Option<Vec<String>>, LdapFault> {
        let mut part = range(entry, attribute);
        let mut values = part.values;
        for _ in 0..RANGES_MAX {
            let Some(next) = part.next else { return Ok(Some(values)) };
            let wanted = [format!("{attribute};range={next}-*")];
            let Some(more) = self.entry(&entry.dn, &wanted).await? else { return Ok(None) };
            part = range(&more, attribute);
            if part.values.is_empty() || part.next.is_some_and(|after| after <= next) {
                // The rest was promised and did not come.
                return Err(LdapFault::Incomplete);
            }
            values.append(&mut part.values);
        }
        Err(LdapFault::TooMany)
    }
}

/// Values of an attribute, and where the next ones begin if there are more.
struct Range {
    values: Vec<String>,
    next: Option<u64>,
}

fn range(entry: &SearchEntry, attribute: &str) -> Range {
    let mut found = Range { values: Vec::new(), next: None };
    let parts = entry.attrs.iter().map(|(key, values)| (key.split_once(';').unwrap_or((key, "")), values));
    let parts: Vec<_> = parts.filter(|((name, _), _)| name.eq_ignore_ascii_case(attribute)).collect();
    for ((_, options), values) in parts {
        found.values.extend(values.iter().cloned());
        let end = options.split(';').find_map(|option| option.strip_prefix("range=")?.split_once('-'));
        if let Some((_, end)) = end {
            found.next = end.parse::<u64>().ok().and_then(|end| end.checked_add(1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn entry(key: &str, values: &[&str]) -> SearchEntry {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let attrs = HashMap::from([("member".to_owned(), Vec::new()), (key.to_owned(), values)]);
        SearchEntry { dn: String::new(), attrs, bin_attrs: HashMap::new() }
    }

    #[test]
    fn a_range_says_where_the_next_one_begins() {
        let first = range(&entry("member;range=0-1499", &["a", "b"]), "Member");
        assert_eq!((first.values.len(), first.next), (2, Some(1_500)));
        assert_eq!(range(&entry("member;range=1500-*", &["c"]), "member").next, None);
        assert_eq!(range(&entry("member;range=0-18446744073709551615", &["c"]), "member").next, None);
        assert_eq!(range(&entry("memberOf", &["c"]), "member").values.len(), 0);
    }
}
