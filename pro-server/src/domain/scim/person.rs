//! Between a SCIM person and ours: which attribute becomes the login, the name and the mail address that colleagues see.

use serde_json::Value;

use super::{Attributes, Refused};
use crate::domain::member::{Attribute, Listing, Profile, Unusable};

impl From<Unusable> for Refused {
    fn from(Unusable(attribute): Unusable) -> Self {
        Self::Value(match attribute {
            Attribute::Id => "id",
            Attribute::Login => "userName",
            Attribute::Account => "externalId",
            Attribute::Name => "displayName",
            Attribute::Mail => "emails",
            Attribute::Groups => "groups",
        })
    }
}

/// The profile of a person of one form, in no groups. What is no mail address is none: it is no reason to keep a person out, or in.
pub fn profile(person: &Attributes) -> Result<Profile, Refused> {
    let login = text(person.get("userName")).ok_or(Refused::Value("userName"))?;
    let name = name(person).unwrap_or_else(|| login.to_owned());
    match Profile::parse(login, &name, mail(person).unwrap_or_default()) {
        Err(Unusable(Attribute::Mail)) => Ok(Profile::parse(login, &name, "")?),
        profile => Ok(profile?),
    }
}

/// Without a word about it, whoever is provisioned has access (RFC 7643 §4.1.1).
pub fn listing(person: &Attributes) -> Listing {
    if person.get("active") == Some(&Value::Bool(false)) { Listing::Absent } else { Listing::Listed }
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn name(person: &Attributes) -> Option<String> {
    if let Some(shown) = text(person.get("displayName")) {
        return Some(shown.to_owned());
    }
    let parts = person.get("name")?.as_object()?;
    if let Some(formatted) = text(parts.get("formatted")) {
        return Some(formatted.to_owned());
    }
    let parts: Vec<&str> = ["givenName", "familyName"].into_iter().filter_map(|part| text(parts.get(part))).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The preferred address, else the one for work, else the first.
fn mail(person: &Attributes) -> Option<&str> {
    let mails = person.get("emails")?.as_array()?;
    let is_for_work = |mail: &&Value| text(mail.get("type")).is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
    let chosen = mails.iter().find(|mail| super::shape::is_primary(mail));
    let chosen = chosen.or_else(|| mails.iter().find(is_for_work)).or(mails.first())?;
    text(chosen.get("value"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_most_telling_name_and_address_are_taken() {
        let of = |person: Value| profile(person.as_object().expect("an object"));
        let parts = |person: Value| {
            let profile = of(person).expect("a profile");
            (
                profile.login.expose().to_owned(),
                profile.name.into_exposed(),
                profile.mail.map(|mail| mail.into_exposed()),
            )
        };
        let mails = json!([{"value": "a@b.test"}, {"value": "w@b.test", "type": "Work"}]);
        let said =
            |login: &str, name: &str, mail: Option<&str>| (login.to_owned(), name.to_owned(), mail.map(str::to_owned));
        assert_eq!(parts(json!({"userName": "N03@B.test"})), said("n03@b.test", "N03@B.test", None));
        let named = json!({"userName": "n", "name": {"givenName": "Ada", "familyName": "Notary"}, "emails": mails});
        assert_eq!(parts(named), said("n", "Ada Notary", Some("w@b.test")));
        let shown = json!({"userName": "n", "displayName": "A. Notary", "name": {"formatted": "Ada"}});
        assert_eq!(parts(shown), said("n", "A. Notary", None));
        assert_eq!(of(json!({"userName": "a b"})), Err(Refused::Value("userName")));
        assert_eq!(parts(json!({"userName": "a", "emails": [{"value": "nobody"}]})), said("a", "a", None));
    }
}
