//! As much of the encoding of LDAP (RFC 4511, X.690) as a scripted directory needs: messages built from parts, requests taken apart.

pub const BIND: u8 = 0x60;
pub const SEARCH: u8 = 0x63;

/// One element.
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            bytes.push(0x84);
            bytes.extend(u32::try_from(content.len()).expect("a small message").to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

pub fn text(value: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x04, value.as_ref())
}

fn number(tag: u8, value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
    // A first bit of one would say that it is negative.
    let sign = if bytes[first] >= 0x80 { vec![0] } else { Vec::new() };
    element(tag, &[sign, bytes[first..].to_vec()].concat())
}

fn message(id: u32, operation: &[u8], controls: &[Vec<u8>]) -> Vec<u8> {
    let controls = if controls.is_empty() { Vec::new() } else { element(0xa0, &controls.concat()) };
    element(0x30, &[number(0x02, id), operation.to_vec(), controls].concat())
}

fn result(tag: u8, code: u32, said: &str) -> Vec<u8> {
    element(tag, &[number(0x0a, code), text(""), text(said)].concat())
}

pub fn bound(id: u32, code: u32, said: &str) -> Vec<u8> {
    message(id, &result(0x61, code, said), &[])
}

pub fn done(id: u32, code: u32, controls: &[Vec<u8>]) -> Vec<u8> {
    message(id, &result(0x65, code, ""), controls)
}

pub fn reference(id: u32, url: &str) -> Vec<u8> {
    message(id, &element(0x73, &text(url)), &[])
}

pub fn entry(id: u32, dn: &str, attributes: &[(&str, Vec<Vec<u8>>)], controls: &[Vec<u8>]) -> Vec<u8> {
    let attributes = attributes.iter().map(|(name, values)| {
        let values: Vec<u8> = values.iter().flat_map(text).collect();
        element(0x30, &[text(name), element(0x31, &values)].concat())
    });
    let attributes: Vec<u8> = attributes.flatten().collect();
    message(id, &element(0x64, &[text(dn), element(0x30, &attributes)].concat()), controls)
}

pub fn control(oid: &str, value: &[u8]) -> Vec<u8> {
    element(0x30, &[text(oid), text(value)].concat())
}

/// Paged results (RFC 2696): there is more.
pub fn more() -> Vec<u8> {
    control("1.2.840.113556.1.4.319", &element(0x30, &[number(0x02, 0), text("more")].concat()))
}

/// Sync state "add" (RFC 4533 §2.3).
pub fn added(uuid: u8) -> Vec<u8> {
    let value = element(0x30, &[number(0x0a, 1), text([uuid; 16])].concat());
    control("1.3.6.1.4.1.4203.1.9.1.2", &value)
}

/// Sync done with a cookie (RFC 4533 §2.4).
pub fn synced(cookie: &str) -> Vec<u8> {
    control("1.3.6.1.4.1.4203.1.9.1.3", &element(0x30, &text(cookie)))
}

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub id: u32,
    pub operation: u8,
    /// Of a search.
    pub base: String,
    pub attributes: Vec<String>,
    /// The controls, as they came.
    pub controls: Vec<u8>,
}

impl Request {
    /// Whether any control has these bytes in it.
    pub fn carries(&self, bytes: &str) -> bool {
        self.controls.windows(bytes.len()).any(|window| window == bytes.as_bytes())
    }
}

/// The first element, and what is after it.
pub fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(*length & 0x7f))?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn elements(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let Some((tag, content, rest)) = split(bytes) {
        found.push((tag, content));
        bytes = rest;
    }
    found
}

/// The request that `content` of a message is.
pub fn request(content: &[u8]) -> Option<Request> {
    let parts = elements(content);
    let id = parts.first()?.1.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let (operation, inside) = *parts.get(1)?;
    let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = if operation == SEARCH { elements(inside) } else { Vec::new() };
    Some(Request {
        id,
        operation,
        base: fields.first().map(|(_, base)| string(base)).unwrap_or_default(),
        attributes: fields
            .get(7)
            .map(|(_, names)| elements(names).into_iter().map(|(_, name)| string(name)).collect())
            .unwrap_or_default(),
        controls: parts.get(2).map(|(_, controls)| controls.to_vec()).unwrap_or_default(),
    })
}
