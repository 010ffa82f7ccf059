//! ETags of resources (RFC 7644 §3.14): weak, a function of what a provider said and of when. Who is in which group is not part of
//! it, so that a list need not read every member; each such change has its own time.

use protocol::ids::Hash32;
use protocol::time::Timestamp;
use serde_json::Value;

use super::Attributes;

/// Hexadecimal digits of an ETag: 64 bits, beside one resource's own earlier versions only.
const DIGITS: usize = 16;
const APART: [&str; 3] = ["meta", "members", "groups"];

/// The ETag of a resource that was last changed then.
pub fn of(resource: &Attributes, changed: Timestamp) -> String {
    let said: Vec<(&String, &Value)> = resource.iter().filter(|(name, _)| !APART.contains(&name.as_str())).collect();
    let text = serde_json::to_string(&(changed.as_millis(), said)).unwrap_or_default();
    let digest = Hash32::sha256(text.as_bytes()).to_string();
    format!("W/\"{}\"", digest.get(..DIGITS).unwrap_or(&digest))
}

/// Whether a header (`If-Match`, `If-None-Match`) names this version. Compared weakly (RFC 9110 §8.8.3.2).
pub fn names(header: &str, version: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(version))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_is_what_was_said_and_when() {
        let at = |value: Value, ms| of(value.as_object().expect("an object"), Timestamp::from_millis(ms));
        let one = at(json!({"id": "1", "userName": "n03", "meta": {"location": "here"}, "groups": []}), 1);
        assert_eq!(one, at(json!({"id": "1", "userName": "n03"}), 1));
        assert_ne!(one, at(json!({"id": "1", "userName": "n04"}), 1));
        assert_ne!(one, at(json!({"id": "1", "userName": "n03"}), 2));
        assert!(names(&one, &one) && names("*", &one) && names(&format!("\"x\", {one}"), &one));
        assert!(names(one.trim_start_matches("W/"), &one) && !names("W/\"x\"", &one) && !names("", &one));
    }
}
