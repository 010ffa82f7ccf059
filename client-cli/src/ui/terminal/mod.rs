//! `isoloir chat`: conversations in a terminal. `model` decides what is shown and asked, `view` draws it, both pure; `shell` carries
//! keys, answers and events between them and the engine, over `rpc` alone. The terminal is always given back as it was.

mod bar;
pub(super) mod calendar;
mod editor;
mod layout;
mod markdown;
mod model;
mod palette;
pub(super) mod rows;
mod screen;
mod shell;
pub(super) mod text;
mod transcript;
mod view;
pub(super) mod wording;

pub use self::model::{Left, Places};
pub use self::screen::{Pointer, is_available};
pub use self::shell::{Exporter, Window, run};
