//! Programs of the organization in memory, and the providers that administrators sign in with.

use super::*;

/// Three tokens, one of them forgotten.
pub fn integrations() -> IntegrationsView {
    let token = |number: u8, name: &str, scope: IntegrationScope, days: u64| Integration {
        id: IntegrationId::from_bytes([number; 16]),
        name: Personal::from(name),
        scope,
        expires: NOW.minus_ms(10 * DAY_MS).plus_ms(days * DAY_MS),
        has_expired: days < 10,
        used: (days >= 10).then_some(NOW.minus_ms(DAY_MS)),
    };
    IntegrationsView {
        scim_url: "https://isoloir.etude.example:8443/scim/v2".to_owned(),
        api_url: "https://isoloir.etude.example:8443/api/v1".to_owned(),
        tokens: vec![
            token(1, "Entra ID", IntegrationScope::Provisioning, 365),
            token(2, "Okta (test)", IntegrationScope::Provisioning, 3),
            token(3, "Grafana", IntegrationScope::Read, 90),
        ],
        people: 118,
        groups: 9,
        braked: None,
    }
}

/// A token of the length that a real one has.
pub fn integration_token() -> Secret<String> {
    Secret::new("isoloir-scim-V4K2T9QXW7MD3HPB6RZC8NFJ0a1b2c3d4e5f6g7h8i9".to_owned())
}

/// The identity providers of the sign-in page.
pub fn providers() -> Vec<ProviderView> {
    let names = [("staff", "Example single sign-on"), ("partners", HOSTILE)];
    names.map(|(name, label)| ProviderView { name: name.to_owned(), label: label.to_owned() }).to_vec()
}
