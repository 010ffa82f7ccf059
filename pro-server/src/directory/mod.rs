//! Where people come from: sources are read into observations, which `domain::sync` judges. Nothing is stored here.

pub mod account;
pub mod attributes;
pub mod closure;
pub mod csv;
pub mod dn;
pub mod fault;
pub mod ldap;
pub mod picture;

/// More people than this in one source are refused: a wrong base or filter, rather than an organization.
pub use protocol::limits::PEOPLE_MAX;
