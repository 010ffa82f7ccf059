//! What holds for every request under `/admin/`, before any page: it is meant for this server, it comes from our own pages if it
//! changes something, and its answer tells the browser to keep everybody else out.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use crate::Console;

/// Scripts, styles and images are our own files; nobody may frame a page or take a form elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// With `no-referrer` browsers would send `Origin: null` with our own forms.
const REFERRER_POLICY: &str = "same-origin";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, REFERRER_POLICY),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (header::PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The middleware.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = match refusal(&request) {
        Some(refused) => request.into_response(refused).map_into_right_body(),
        None => next.call(request).await?.map_into_left_body(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// Plain words: whoever sees these does not use our pages.
fn refusal(request: &ServiceRequest) -> Option<HttpResponse> {
    let console = request.app_data::<web::Data<Console>>()?;
    let host = text(request, &header::HOST).map(authority);
    if !host.is_some_and(|host| console.site.is_called(&host)) {
        return Some(HttpResponse::MisdirectedRequest().body("This server is not called so.\n"));
    }
    let is_safe = request.method().is_safe();
    if !is_safe && !is_from_our_pages(request, console) {
        return Some(HttpResponse::Forbidden().body("This was not sent from a page of this server.\n"));
    }
    None
}

/// Every browser of the last years sends `Origin` with a POST, and most `Sec-Fetch-Site`. Whoever sends neither is refused.
fn is_from_our_pages(request: &ServiceRequest, console: &Console) -> bool {
    let site = text(request, &SEC_FETCH_SITE);
    let origin = text(request, &header::ORIGIN);
    let same_origin = origin.map(|origin| {
        origin.split_once("://").is_some_and(|(_, origin)| {
            let origin = authority(origin);
            console.site.is_called(&origin) && text(request, &header::HOST).map(authority).as_ref() == Some(&origin)
        })
    });
    match (site, same_origin) {
        (Some("same-origin" | "none"), Some(true)) | (Some("same-origin"), None) | (None, Some(true)) => true,
        (Some(_), _) | (None, _) => false,
    }
}

fn text<'a>(request: &'a ServiceRequest, name: &HeaderName) -> Option<&'a str> {
    let mut values = request.headers().get_all(name);
    let first = values.next()?;
    // Two of one of these is nobody's browser.
    if values.next().is_some() { None } else { first.to_str().ok() }
}

/// `host:port` in lower case, without the default port.
fn authority(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    text.strip_suffix(":443").map(str::to_owned).unwrap_or(text)
}
