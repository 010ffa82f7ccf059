//! Which attributes people and groups have here (RFC 7643 §4, §7): only what this server uses or an administrator recognizes a
//! person by. What a provider sends beyond that is not kept.

use super::path::AttributePath;

/// Schema of people.
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Schema of what an organization adds to people.
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Schema of groups.
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Values of one attribute of a person.
pub const VALUES_MAX: usize = 32;
/// Members of one group.
pub const MEMBERS_MAX: usize = 20_000;
/// Longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Boolean,
    Reference,
    Moment,
    Complex(&'static [Attribute]),
}

/// How many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plurality {
    One,
    /// At most so many.
    Many(usize),
}

/// Whether letters differ by case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Exact,
    Ignored,
}

/// Who sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    ReadWrite,
    ReadOnly,
    Immutable,
}

/// Whether a resource is nothing without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Required,
    /// A resource always has it: unsaid, it is assumed or stays, but it is never taken away.
    Assumed,
    Optional,
}

/// An attribute (RFC 7643 §2).
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: &'static str,
    pub about: &'static str,
    pub kind: Kind,
    pub plurality: Plurality,
    pub case: Case,
    pub mutability: Mutability,
    pub presence: Presence,
    /// `none` or `server`.
    pub uniqueness: &'static str,
}

impl Attribute {
    const fn text(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            kind: Kind::Text,
            plurality: Plurality::One,
            case: Case::Ignored,
            mutability: Mutability::ReadWrite,
            presence: Presence::Optional,
            uniqueness: "none",
        }
    }

    const fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    const fn exact(self) -> Self {
        Self { case: Case::Exact, ..self }
    }

    const fn many(self, values_max: usize) -> Self {
        Self { plurality: Plurality::Many(values_max), ..self }
    }

    const fn unique_and_required(self) -> Self {
        Self { presence: Presence::Required, uniqueness: "server", ..self }
    }

    const fn assumed(self) -> Self {
        Self { presence: Presence::Assumed, ..self }
    }

    const fn set_by(self, mutability: Mutability) -> Self {
        Self { mutability, ..self }
    }

    /// The attributes of its values.
    pub const fn parts(&self) -> &'static [Attribute] {
        match self.kind {
            Kind::Complex(parts) => parts,
            Kind::Text | Kind::Boolean | Kind::Reference | Kind::Moment => &[],
        }
    }
}

/// A schema (RFC 7643 §7).
#[derive(Debug)]
pub struct Schema {
    pub urn: &'static str,
    pub name: &'static str,
    pub about: &'static str,
    pub attributes: &'static [Attribute],
}

/// A type of resource (RFC 7643 §6).
#[derive(Debug)]
pub struct ResourceType {
    pub name: &'static str,
    pub endpoint: &'static str,
    pub about: &'static str,
    pub schema: &'static Schema,
    pub extensions: &'static [&'static Schema],
}

const NAME_PARTS: &[Attribute] = &[
    Attribute::text("formatted", "The whole name"),
    Attribute::text("familyName", "The family name"),
    Attribute::text("givenName", "The given name"),
];

const MAIL_PARTS: &[Attribute] = &[
    Attribute::text("value", "The mail address"),
    Attribute::text("type", "What it is for: work, home or other"),
    Attribute::text("primary", "Whether it is the preferred one").of(Kind::Boolean),
];

const MEMBERSHIP_PARTS: &[Attribute] = &[
    Attribute::text("value", "The id of the group").exact().set_by(Mutability::ReadOnly),
    Attribute::text("$ref", "The address of the group").of(Kind::Reference).exact().set_by(Mutability::ReadOnly),
    Attribute::text("display", "The name of the group").set_by(Mutability::ReadOnly),
];

const MEMBER_PARTS: &[Attribute] = &[
    Attribute::text("value", "The id of the person").exact().set_by(Mutability::Immutable),
    Attribute::text("$ref", "The address of the person").of(Kind::Reference).exact().set_by(Mutability::Immutable),
    Attribute::text("type", "What kind of resource it is: User").set_by(Mutability::Immutable),
];

/// People.
pub static USER: Schema = Schema {
    urn: USER_URN,
    name: "User",
    about: "A person",
    attributes: &[
        Attribute::text("userName", "The login: letters, digits and . _ - @ +").unique_and_required(),
        Attribute::text("name", "The parts of the name").of(Kind::Complex(NAME_PARTS)),
        Attribute::text("displayName", "The name that colleagues see"),
        Attribute::text("emails", "Mail addresses").of(Kind::Complex(MAIL_PARTS)).many(VALUES_MAX),
        Attribute::text("active", "Whether the person has access").of(Kind::Boolean).assumed(),
        Attribute::text("groups", "The groups that the person is in")
            .of(Kind::Complex(MEMBERSHIP_PARTS))
            .many(VALUES_MAX)
            .set_by(Mutability::ReadOnly),
    ],
};

/// What an organization adds to people (RFC 7643 §4.3).
pub static ENTERPRISE: Schema = Schema {
    urn: ENTERPRISE_URN,
    name: "EnterpriseUser",
    about: "Where a person stands in the organization",
    attributes: &[
        Attribute::text("employeeNumber", "The number that the organization gave"),
        Attribute::text("costCenter", "The cost center"),
        Attribute::text("organization", "The organization"),
        Attribute::text("division", "The division"),
        Attribute::text("department", "The department"),
    ],
};

/// Groups.
pub static GROUP: Schema = Schema {
    urn: GROUP_URN,
    name: "Group",
    about: "A group of people",
    attributes: &[
        Attribute::text("displayName", "The name of the group, as policies say it").unique_and_required(),
        Attribute::text("members", "The people in the group").of(Kind::Complex(MEMBER_PARTS)).many(MEMBERS_MAX),
    ],
};

/// What every resource has (RFC 7643 §3.1).
static SHARED: Schema = Schema {
    urn: "",
    name: "",
    about: "",
    attributes: &[
        Attribute::text("id", "The id that this server gave").exact().set_by(Mutability::ReadOnly),
        Attribute::text("externalId", "The id that the provider gave").exact(),
        Attribute::text("schemas", "The schemas").of(Kind::Reference).many(VALUES_MAX).set_by(Mutability::ReadOnly),
        Attribute::text("meta", "About the resource").of(Kind::Complex(META_PARTS)).set_by(Mutability::ReadOnly),
    ],
};

const META_PARTS: &[Attribute] = &[
    Attribute::text("resourceType", "Its type").exact().set_by(Mutability::ReadOnly),
    Attribute::text("created", "When it was made").of(Kind::Moment).set_by(Mutability::ReadOnly),
    Attribute::text("lastModified", "When it was changed").of(Kind::Moment).set_by(Mutability::ReadOnly),
    Attribute::text("location", "Its address").of(Kind::Reference).exact().set_by(Mutability::ReadOnly),
    Attribute::text("version", "Its version").exact().set_by(Mutability::ReadOnly),
];

/// Attributes that the standard has and this server does not keep: what a provider says of them is heard and forgotten.
const NOT_KEPT: [&str; 17] = [
    "nickName",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "password",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
    "entitlements",
    "roles",
    "x509Certificates",
    "manager",
    "middleName",
];

pub static PERSON: ResourceType =
    ResourceType { name: "User", endpoint: "/Users", about: "People", schema: &USER, extensions: &[&ENTERPRISE] };
pub static TEAM: ResourceType =
    ResourceType { name: "Group", endpoint: "/Groups", about: "Groups of people", schema: &GROUP, extensions: &[] };

/// What a name means in a resource.
#[derive(Debug, Clone, Copy)]
pub enum Named {
    Attribute {
        /// The extension that it stands in.
        extension: Option<&'static Schema>,
        attribute: &'static Attribute,
        part: Option<&'static Attribute>,
    },
    /// An extension as a whole.
    Extension(&'static Schema),
    NotKept,
    Unknown,
}

/// The attribute of this name; names are compared without case (RFC 7643 §2.1).
pub fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// Whether it is an attribute that is heard and forgotten.
pub fn is_not_kept(name: &str) -> bool {
    NOT_KEPT.iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl ResourceType {
    /// The extension of this name.
    pub fn extension(&self, urn: &str) -> Option<&'static Schema> {
        self.extensions.iter().copied().find(|schema| schema.urn.eq_ignore_ascii_case(urn))
    }

    /// The attribute that every resource has, or that this type's own schema has.
    pub fn own(&self, name: &str) -> Option<&'static Attribute> {
        find(self.schema.attributes, name).or_else(|| find(SHARED.attributes, name))
    }

    /// What a path names.
    pub fn named(&self, path: &AttributePath) -> Named {
        if let Some(extension) = self.extension(&path.to_string()) {
            return Named::Extension(extension);
        }
        let (extension, attribute) = match &path.urn {
            None => (None, self.own(&path.name)),
            Some(urn) if urn.eq_ignore_ascii_case(self.schema.urn) => (None, self.own(&path.name)),
            Some(urn) => {
                let Some(extension) = self.extension(urn) else { return Named::Unknown };
                (Some(extension), find(extension.attributes, &path.name))
            }
        };
        let Some(attribute) = attribute else {
            return if is_not_kept(&path.name) { Named::NotKept } else { Named::Unknown };
        };
        match &path.sub {
            None => Named::Attribute { extension, attribute, part: None },
            Some(sub) => match find(attribute.parts(), sub) {
                Some(part) => Named::Attribute { extension, attribute, part: Some(part) },
                None if is_part_not_kept(attribute, sub) => Named::NotKept,
                None => Named::Unknown,
            },
        }
    }
}

/// Parts that the standard has beside ours.
fn is_part_not_kept(attribute: &Attribute, sub: &str) -> bool {
    let parts = ["middleName", "honorificPrefix", "honorificSuffix", "display"];
    matches!(attribute.kind, Kind::Complex(_)) && parts.iter().any(|part| part.eq_ignore_ascii_case(sub))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case_and_with_their_schema() {
        let named = |text: &str| PERSON.named(&text.parse().expect("a path"));
        assert!(matches!(named("USERNAME"), Named::Attribute { attribute, .. } if attribute.name == "userName"));
        assert!(
            matches!(named("name.FamilyName"), Named::Attribute { part: Some(part), .. } if part.name == "familyName")
        );
        assert!(matches!(named(&format!("{USER_URN}:emails")), Named::Attribute { extension: None, .. }));
        assert!(matches!(named(&format!("{ENTERPRISE_URN}:department")), Named::Attribute { extension: Some(_), .. }));
        assert!(matches!(named(ENTERPRISE_URN), Named::Extension(_)));
        assert!(matches!(named("title"), Named::NotKept) && matches!(named("name.middleName"), Named::NotKept));
        assert!(matches!(named("shoeSize"), Named::Unknown) && matches!(named("urn:x:y"), Named::Unknown));
    }
}
