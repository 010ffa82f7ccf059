//! The administration console: pages in front of the port [`api::AdminApi`]. It must never know SQL, a clock, a peer's address
//! or a file: everything it shows comes through the port, everything it changes goes through it.
//!
//! Everything works with plain forms; htmx only swaps a part where a page would be loaded. A change is answered with a redirect,
//! except where something is shown that is never shown again (an enrollment code, an invitation).
//!
//! | path | method | |
//! |---|---|---|
//! | `/admin/sign-in` | GET POST | [`pages::sign_in`] |
//! | `/admin/sign-in/with/{provider}`, `/admin/sign-in/callback` | GET | [`pages::with_provider`] |
//! | `/admin/sign-out` | POST | [`pages::sign_in`] |
//! | `/admin/set-up/{token}` | GET POST | [`pages::set_up`] |
//! | `/admin/language` | POST | [`pages::language`] |
//! | `/admin/` | GET | [`pages::overview`] |
//! | `/admin/people`, `/admin/people/{id}` | GET | [`pages::people`], [`pages::person`] |
//! | `/admin/people/{id}/{reset, suspend, resume}`, `…/devices/{device}/revoke` | GET POST | asks first: [`pages::access`] |
//! | `/admin/people/{id}/code` | POST | [`pages::code`] |
//! | `/admin/directory`, `…/plan`, `…/run` | GET, GET, POST | [`pages::directory`] |
//! | `/admin/directory/runs` | GET | [`pages::runs`] |
//! | `/admin/policy`, `…/edit`, `…/review`, `…/publish` | GET, GET, POST, POST | [`pages::policy`] |
//! | `/admin/audit`, `…/verify`, `…/export` | GET, POST, POST | [`pages::audit`] |
//! | `/admin/administrators`, `…/invite`, `…/{id}/remove` | GET, POST, GET POST | [`pages::administrators`] |
//! | `/admin/administrators/{id}/account`, `…/unlink` | GET POST, POST | [`pages::with_provider`] |
//! | `/admin/static/{name}` | GET | [`assets`] |

pub mod api;
mod assets;
mod cookie;
pub mod fake;

mod form;
mod guard;
mod icons;
mod next;
mod page;
pub mod pages;
mod problem;
mod qr;
mod upload;
mod view;
mod visit;
mod words;

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use api::AdminApi;
pub use guard::CONTENT_SECURITY_POLICY;

/// Where the console is reached; what a request's `Host` and `Origin` are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `host:port` each, in lower case, port 443 left out: the public URL's, and the addresses that are listened on.
    pub authorities: Vec<String>,
}

impl Site {
    /// Whether a host and port, in lower case, are ours.
    fn is_called(&self, authority: &str) -> bool {
        self.authorities.iter().any(|ours| ours == authority)
    }
}

/// What the pages reach.
pub struct Console {
    pub api: Arc<dyn AdminApi>,
    pub site: Site,
}

/// Mounts the console at `/admin/`: `App::new().configure(admin_console::configure(console))`. The data is made once and
/// shared by all workers.
pub fn configure(console: web::Data<Console>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let scope = web::scope("/admin")
            .app_data(console.clone())
            .app_data(web::PayloadConfig::new(form::FORM_BYTES_MAX))
            .configure(pages::routes)
            .default_service(web::to(pages::no_page))
            .wrap(from_fn(guard::guard));
        config.service(scope);
    }
}
