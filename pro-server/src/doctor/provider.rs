//! The identity providers: reached, trusted, and with metadata and keys that can be used. Nobody is signed in for that.

use super::{Finding, Part};
use crate::clock::Ambient;
use crate::config::Config;
use crate::identity::oidc::Provider;

pub async fn examine(config: &Config, ambient: &Ambient) -> Vec<Finding> {
    let mut found = Vec::new();
    for provider in &config.identity.oidc {
        let finding = match Provider::new(provider.clone(), ambient) {
            Ok(provider) => match provider.examine().await {
                Ok(()) => Finding::fine(Part::IdentityProvider, "provider-fine"),
                Err(fault) => Finding::problem(Part::IdentityProvider, fault.code()),
            },
            Err(_) => Finding::problem(Part::IdentityProvider, "provider-roots"),
        };
        found.push(finding.with("name", &provider.name));
    }
    found
}
