//! How a person proves to be who they say, for enrollment: the directory's password, a one-time code, or an identity provider.
//! No password, code or token is ever stored.

pub mod code;
pub mod oidc;
pub mod password;
pub mod password_hash;
