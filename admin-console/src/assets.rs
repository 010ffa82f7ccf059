//! Static files, built into the program. Each is addressed with a hash of its content, so browsers may keep it forever; nothing
//! is ever loaded from anywhere else. Where the vendored ones come from is in `static/README.md`.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// A file as it is served.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 4] = [
    Asset {
        name: "console.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../static/console.css"),
    },
    Asset {
        name: "console.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../static/console.js"),
    },
    Asset {
        name: "htmx.min.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../static/htmx.min.js"),
    },
    Asset { name: "icon.svg", media_type: "image/svg+xml", bytes: include_bytes!("../static/icon.svg") },
];

/// Hexadecimal digits of the hash in an address.
const HASH_DIGITS: usize = 12;

static ADDRESSES: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    ASSETS.iter().map(|asset| (asset.name, format!("/admin/static/{}?v={}", asset.name, hash(asset.bytes)))).collect()
});

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)).chars().take(HASH_DIGITS).collect()
}

/// The address of a file, with its hash.
pub fn address(name: &str) -> &'static str {
    ADDRESSES.iter().find(|(known, _)| *known == name).map_or("", |(_, address)| address)
}

/// `GET /admin/static/{name}`
pub async fn serve(name: web::Path<String>) -> HttpResponse {
    match ASSETS.iter().find(|asset| asset.name == name.as_str()) {
        Some(asset) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, asset.media_type))
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(asset.bytes),
        None => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `dist/htmx.min.js` of the npm package htmx.org 2.0.11.
    const HTMX_SHA256: &str = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717";

    #[test]
    fn the_vendored_file_is_the_published_one() {
        let htmx = ASSETS.iter().find(|asset| asset.name == "htmx.min.js").expect("embedded");
        assert_eq!(HEXLOWER.encode(&Sha256::digest(htmx.bytes)), HTMX_SHA256);
    }

    #[test]
    fn a_changed_file_has_another_address() {
        assert!(address("console.css").contains("?v="));
        assert_ne!(hash(b"a"), hash(b"b"));
    }
}
