//! The documents around resources: lists and errors (RFC 7644 §3.4.2, §3.12), what this server can do (RFC 7643 §5), which types
//! and schemas it has (§6, §7).

use serde_json::{Value, json};

use super::schema::{
    Attribute, Case, ENTERPRISE, GROUP, Kind, Mutability, PERSON, Plurality, Presence, ResourceType, Schema, TEAM, USER,
};

/// The media type of every body.
pub const MEDIA_TYPE: &str = "application/scim+json";
/// Resources on one page.
pub const PAGE_RESOURCES_MAX: u64 = 200;

const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// A page of a list. `first` is counted from 1.
pub fn list(total: u64, first: u64, resources: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST_URN],
        "totalResults": total,
        "startIndex": first,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// An error. The status is a text (RFC 7644 §3.12).
pub fn error(status: u16, kind: Option<&str>, detail: &str) -> Value {
    let mut error = json!({"schemas": [ERROR_URN], "status": status.to_string(), "detail": detail});
    if let (Some(kind), Some(error)) = (kind, error.as_object_mut()) {
        error.insert("scimType".to_owned(), kind.into());
    }
    error
}

/// `/ServiceProviderConfig`. `base` is the address of `/scim/v2`.
pub fn service_provider(base: &str) -> Value {
    let no = json!({"supported": false});
    json!({
        "schemas": [CONFIG_URN],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": PAGE_RESOURCES_MAX},
        "changePassword": no,
        "sort": no,
        "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token that an administrator of this server made for provisioning",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    })
}

/// Every type of resource.
pub fn resource_types(base: &str) -> Vec<Value> {
    [&PERSON, &TEAM].map(|kind| resource_type(base, kind)).into()
}

fn resource_type(base: &str, kind: &ResourceType) -> Value {
    let extensions = kind.extensions.iter().map(|schema| json!({"schema": schema.urn, "required": false}));
    json!({
        "schemas": [TYPE_URN],
        "id": kind.name,
        "name": kind.name,
        "endpoint": kind.endpoint,
        "description": kind.about,
        "schema": kind.schema.urn,
        "schemaExtensions": extensions.collect::<Vec<_>>(),
        "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", kind.name)},
    })
}

/// Every schema.
pub fn schemas(base: &str) -> Vec<Value> {
    [&USER, &ENTERPRISE, &GROUP].map(|known| schema(base, known)).into()
}

fn schema(base: &str, schema: &Schema) -> Value {
    json!({
        "schemas": [SCHEMA_URN],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.about,
        "attributes": schema.attributes.iter().map(attribute).collect::<Vec<_>>(),
        "meta": {"resourceType": "Schema", "location": format!("{base}/Schemas/{}", schema.urn)},
    })
}

fn attribute(attribute: &Attribute) -> Value {
    let mut shown = json!({
        "name": attribute.name,
        "description": attribute.about,
        "type": match attribute.kind {
            Kind::Text => "string",
            Kind::Boolean => "boolean",
            Kind::Reference => "reference",
            Kind::Moment => "dateTime",
            Kind::Complex(_) => "complex",
        },
        "multiValued": matches!(attribute.plurality, Plurality::Many(_)),
        "required": attribute.presence != Presence::Optional,
        "caseExact": attribute.case == Case::Exact,
        "mutability": match attribute.mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::ReadOnly => "readOnly",
            Mutability::Immutable => "immutable",
        },
        "returned": "default",
        "uniqueness": attribute.uniqueness,
    });
    let Some(object) = shown.as_object_mut() else { return shown };
    if let Kind::Complex(parts) = attribute.kind {
        object.insert("subAttributes".to_owned(), parts.iter().map(self::attribute).collect());
    }
    if attribute.kind == Kind::Reference {
        let of = if attribute.about.contains("group") { "Group" } else { "User" };
        object.insert("referenceTypes".to_owned(), json!([of]));
    }
    if attribute.name == "type" && attribute.mutability == Mutability::Immutable {
        object.insert("canonicalValues".to_owned(), json!(["User"]));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_say_what_there_is() {
        let schemas = schemas("https://chat.example/scim/v2");
        let names: Vec<&str> = schemas.iter().filter_map(|schema| schema["name"].as_str()).collect();
        assert_eq!(names, ["User", "EnterpriseUser", "Group"]);
        assert_eq!(schemas[0]["attributes"][1]["subAttributes"][1]["name"], "familyName");
        assert_eq!(list(7, 3, vec![json!({})])["itemsPerPage"], 1);
        assert_eq!(error(409, Some("uniqueness"), "taken")["status"], "409");
    }
}
