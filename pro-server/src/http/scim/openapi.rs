//! `/scim/v2/openapi.json`: what providers may send here and what they are answered (OpenAPI 3.1). The resources come from the
//! schemas themselves, so that neither can say more than the other. It names nobody and needs no token.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use crate::domain::scim::documents::{MEDIA_TYPE, PAGE_RESOURCES_MAX};
use crate::domain::scim::filter::FILTER_BYTES_MAX;
use crate::domain::scim::schema::{
    Attribute, Kind, Mutability, PERSON, Plurality, Presence, ResourceType, TEAM, TEXT_BYTES_MAX,
};
use crate::http::State;

/// Who may read what a provider may send: everybody.
pub async fn read(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(document(&state.scim).to_string())
}

/// The document. `base` is the address of `/scim/v2`.
pub fn document(base: &str) -> Value {
    let mut paths = Map::new();
    for kind in [&PERSON, &TEAM] {
        of_kind(&mut paths, kind);
    }
    let answers =
        [200, 400, 401, 408, 413, 415, 429].map(|status| (status, if status == 200 { "Document" } else { "Error" }));
    paths.insert(
        "/.search".to_owned(),
        json!({"post": operation("People and groups: a page", &[], Some("Search"), &answers)}),
    );
    for (path, what) in [
        ("/ServiceProviderConfig", "What this server can do"),
        ("/ResourceTypes", "The types of resources"),
        ("/Schemas", "The schemas of the resources"),
    ] {
        paths.insert(
            path.to_owned(),
            json!({"get": operation(what, &[], None, &[(200, "Document"), (401, "Error"), (429, "Error")])}),
        );
    }
    for (path, what) in [("/ResourceTypes/{id}", "A type of resources"), ("/Schemas/{id}", "A schema")] {
        let answers = [(200, "Document"), (401, "Error"), (404, "Error"), (429, "Error")];
        paths.insert(path.to_owned(), json!({"get": operation(what, &[id()], None, &answers)}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Provisioning",
            "description": "People and groups, pushed by a provider (SCIM 2.0: RFC 7643, RFC 7644)",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": components(),
        },
    })
}

fn of_kind(paths: &mut Map<String, Value>, kind: &'static ResourceType) {
    let (name, endpoint) = (kind.name, kind.endpoint);
    let (list, shown) = (format!("{name}List"), format!("{name}Shown"));
    let asked = [
        text("filter", FILTER_BYTES_MAX),
        number("startIndex"),
        number("count"),
        names("attributes"),
        names("excludedAttributes"),
    ];
    let projected = [names("attributes"), names("excludedAttributes")];
    let one = [id(), names("attributes"), names("excludedAttributes"), tag("If-Match")];
    let read = [id(), names("attributes"), names("excludedAttributes"), tag("If-None-Match")];
    let found: [(u16, &str); 4] = [(200, &list), (400, "Error"), (401, "Error"), (429, "Error")];
    let sent: [(u16, &str); 6] =
        [(400, "Error"), (401, "Error"), (408, "Error"), (413, "Error"), (415, "Error"), (429, "Error")];
    let with = |more: &[(u16, &str)]| -> Vec<(u16, String)> {
        sent.iter().chain(more).map(|(status, schema)| (*status, (*schema).to_owned())).collect()
    };
    let of = |answers: &[(u16, String)], what: &str, parameters: &[Value], body: Option<&str>| {
        let answers: Vec<(u16, &str)> = answers.iter().map(|(status, schema)| (*status, schema.as_str())).collect();
        operation(what, parameters, body, &answers)
    };
    let changed = with(&[(200, &shown), (404, "Error"), (409, "Error"), (412, "Error")]);
    paths.insert(
        endpoint.to_owned(),
        json!({
            "get": operation(&format!("{name}: a page"), &asked, None, &found),
            "post": of(&with(&[(201, &shown), (409, "Error")]), &format!("{name}: add one"), &projected, Some(name)),
        }),
    );
    paths.insert(
        format!("{endpoint}/.search"),
        json!({"post": of(&with(&[(200, &list)]), &format!("{name}: a page, asked in a body"), &[], Some("Search"))}),
    );
    let gone = [(204, ""), (401, "Error"), (404, "Error"), (409, "Error"), (412, "Error"), (429, "Error")];
    paths.insert(
        format!("{endpoint}/{{id}}"),
        json!({
            "get": operation(&format!("{name}: one"), &read, None, &[(200, &shown), (304, ""), (400, "Error"), (401, "Error"), (404, "Error"), (429, "Error")]),
            "put": of(&changed, &format!("{name}: replace one"), &one, Some(name)),
            "patch": of(&changed, &format!("{name}: change some of one"), &one, Some("Patch")),
            "delete": operation(&format!("{name}: delete one"), &[id(), tag("If-Match")], None, &gone),
        }),
    );
}

fn operation(what: &str, parameters: &[Value], body: Option<&str>, answers: &[(u16, &str)]) -> Value {
    let mut responses = Map::new();
    for (status, schema) in answers.iter().chain(&[(503, "Error")]) {
        let mut response = json!({"description": meaning(*status)});
        if let (false, Some(response)) = (schema.is_empty(), response.as_object_mut()) {
            response.insert("content".to_owned(), content(schema));
        }
        responses.insert(status.to_string(), response);
    }
    let mut operation = json!({"summary": what, "parameters": parameters, "responses": responses});
    if let (Some(schema), Some(operation)) = (body, operation.as_object_mut()) {
        let body = json!({MEDIA_TYPE: reference(schema), "application/json": reference(schema)});
        operation.insert("requestBody".to_owned(), json!({"required": true, "content": body}));
    }
    operation
}

const fn meaning(status: u16) -> &'static str {
    match status {
        200 => "As it is now",
        201 => "Added",
        204 => "Deleted",
        304 => "The version that is known already",
        400 => "Not understood; scimType says what",
        401 => "The token is missing, unknown, revoked or has expired",
        404 => "There is no such resource",
        408 => "The body did not come in time",
        409 => "Another one has this name, or something else was changed at the same moment",
        412 => "The resource is another one by now",
        413 => "The body is too large",
        415 => "The body is no JSON",
        429 => "Too many wrong tokens, or too many people would lose access within a day; try again later",
        503 => "The database cannot be reached; try again later",
        _ => "",
    }
}

fn reference(schema: &str) -> Value {
    json!({"schema": {"$ref": format!("#/components/schemas/{schema}")}})
}

fn content(schema: &str) -> Value {
    json!({MEDIA_TYPE: reference(schema)})
}

fn id() -> Value {
    json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}})
}

fn text(name: &str, bytes_max: usize) -> Value {
    json!({"name": name, "in": "query", "schema": {"type": "string", "maxLength": bytes_max}})
}

fn names(name: &str) -> Value {
    json!({"name": name, "in": "query", "schema": {"type": "string"}, "description": "Names of attributes, separated by commas"})
}

fn number(name: &str) -> Value {
    json!({"name": name, "in": "query", "schema": {"type": "integer"}})
}

fn tag(name: &str) -> Value {
    json!({"name": name, "in": "header", "schema": {"type": "string"}})
}

fn components() -> Value {
    let mut schemas = Map::new();
    for kind in [&PERSON, &TEAM] {
        schemas.insert(kind.name.to_owned(), resource(kind, Side::Sent));
        schemas.insert(format!("{}Shown", kind.name), resource(kind, Side::Shown));
        let rows = json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{}Part", kind.name)}});
        schemas.insert(format!("{}Part", kind.name), resource(kind, Side::Part));
        let list = json!({
            "type": "object",
            "required": ["schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"],
            "properties": {
                "schemas": {"type": "array", "items": {"type": "string"}},
                "totalResults": {"type": "integer", "minimum": 0},
                "startIndex": {"type": "integer", "minimum": 1},
                "itemsPerPage": {"type": "integer", "minimum": 0, "maximum": PAGE_RESOURCES_MAX},
                "Resources": rows,
            },
        });
        schemas.insert(format!("{}List", kind.name), list);
    }
    let strings = json!({"type": "array", "items": {"type": "string"}});
    schemas.insert(
        "Search".to_owned(),
        json!({"type": "object", "properties": {
            "schemas": strings, "filter": {"type": "string", "maxLength": FILTER_BYTES_MAX}, "startIndex": {"type": "integer"},
            "count": {"type": "integer"}, "attributes": strings, "excludedAttributes": strings,
        }}),
    );
    schemas.insert(
        "Patch".to_owned(),
        json!({"type": "object", "required": ["Operations"], "properties": {"schemas": strings, "Operations": {
            "type": "array",
            "items": {"type": "object", "required": ["op"], "properties": {
                "op": {"type": "string", "enum": ["add", "replace", "remove"]}, "path": {"type": "string"}, "value": {},
            }},
        }}}),
    );
    schemas.insert(
        "Error".to_owned(),
        json!({"type": "object", "required": ["schemas", "status", "detail"], "properties": {
            "schemas": strings, "status": {"type": "string"}, "scimType": {"type": "string"}, "detail": {"type": "string"},
        }}),
    );
    schemas.insert("Document".to_owned(), json!({"type": "object", "required": ["schemas"]}));
    Value::Object(schemas)
}

/// Whether a provider says it, or hears all of it, or what it asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Sent,
    Shown,
    Part,
}

fn resource(kind: &ResourceType, side: Side) -> Value {
    let mut properties = properties(kind.schema.attributes, side);
    for extension in kind.extensions {
        let inner = json!({"type": "object", "properties": self::properties(extension.attributes, side)});
        properties.insert(extension.urn.to_owned(), inner);
    }
    properties.insert("schemas".to_owned(), json!({"type": "array", "items": {"type": "string", "enum": urns(kind)}, "contains": {"const": kind.schema.urn}}));
    properties.insert("externalId".to_owned(), json!({"type": "string", "maxLength": TEXT_BYTES_MAX}));
    let required = |attribute: &&Attribute| attribute.presence == Presence::Required;
    let mut names: Vec<&str> = kind.schema.attributes.iter().filter(required).map(|attribute| attribute.name).collect();
    match side {
        Side::Sent => {}
        Side::Shown => {
            properties.insert("id".to_owned(), json!({"type": "string"}));
            properties.insert("meta".to_owned(), json!({"type": "object"}));
            names = vec!["schemas", "id"];
        }
        Side::Part => names = vec!["schemas", "id"],
    }
    json!({"type": "object", "required": names, "properties": properties})
}

fn urns(kind: &ResourceType) -> Vec<&'static str> {
    std::iter::once(kind.schema.urn).chain(kind.extensions.iter().map(|schema| schema.urn)).collect()
}

fn properties(attributes: &[Attribute], side: Side) -> Map<String, Value> {
    let is_said = |attribute: &&Attribute| side != Side::Sent || attribute.mutability != Mutability::ReadOnly;
    attributes.iter().filter(is_said).map(|attribute| (attribute.name.to_owned(), property(attribute, side))).collect()
}

fn property(attribute: &Attribute, side: Side) -> Value {
    let one = match attribute.kind {
        Kind::Text | Kind::Reference | Kind::Moment => json!({"type": "string", "maxLength": TEXT_BYTES_MAX}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Complex(parts) => json!({"type": "object", "properties": properties(parts, side)}),
    };
    match attribute.plurality {
        Plurality::One => one,
        Plurality::Many(values_max) if side == Side::Sent => {
            json!({"type": "array", "items": one, "maxItems": values_max})
        }
        Plurality::Many(_) => json!({"type": "array", "items": one}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference of the document leads somewhere, and what a provider may not set it is not asked for.
    #[test]
    fn the_document_is_whole() {
        let document = document("https://chat.example/scim/v2");
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
        let sent = &document["components"]["schemas"]["User"]["properties"];
        assert!(sent.get("userName").is_some() && sent.get("groups").is_none() && sent.get("id").is_none());
        for status in ["429", "503"] {
            assert!(document["paths"]["/Users/{id}"]["patch"]["responses"].get(status).is_some(), "{status}");
        }
    }
}
