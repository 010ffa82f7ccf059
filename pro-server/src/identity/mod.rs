//! How a person proves to be who they say, for enrollment: the directory's password, or a one-time code.
//! Neither is ever stored.

pub mod code;
pub mod password;
pub mod password_hash;
