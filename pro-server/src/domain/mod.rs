//! What the server decides, without doing any of it: plans, permissions, states, rules. Time is an argument; there is no
//! network, database or task here.

pub mod access;
pub mod account;
pub mod approval;
pub mod approver;
pub mod audit;
mod brake;
pub mod console;
pub mod directory_key;
pub mod erasure;
pub mod founding;
pub mod handover;
pub mod integrations;
mod logins;
pub mod member;
pub mod people;
pub mod people_index;
pub mod person;
pub mod policy;
pub mod presence;
pub mod push;
pub mod roll;
pub mod run;
pub mod scim;
pub mod sink;
pub mod source;
pub mod sync;
pub mod throttle;
pub mod totp;
pub mod unguessable;
pub mod withheld;
