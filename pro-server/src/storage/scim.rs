//! Tables `scim_person`, `scim_group`, `scim_membership` and `scim_loss`: what providers say of people and groups. It must never
//! say when a person was online.

mod group;
mod loss;
mod person;

pub use group::{GroupRow, NewGroup};
pub use person::{NewPerson, PersonRow};

/// Groups and who is in them.
pub mod groups {
    pub use super::group::{
        count, delete, find, find_name, insert, join, leave, members, names_of, of_member, page, update,
    };
}

/// People.
pub mod people {
    pub use super::person::{
        count, find, find_external_id, find_user_name, forget, insert, members_of_ids, page, set_changed, update,
        with_devices,
    };
}

/// Whom providers took access from.
pub mod losses {
    pub use super::loss::{clear, count, note, oldest};
}
