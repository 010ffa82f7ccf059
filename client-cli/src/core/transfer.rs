//! File transfers as two pure machines: [`receiver::Receiver`] pulls one file, [`holder::Holder`] serves one link; [`turns`] says who may, [`pace`] how fast. They decide
//! order, credit, progress and endings; they must never see a file, a key, a clock or a socket, and they hold no content beyond
//! the frame that passes through. Source: protocol/spec, files.
//!
//! Both follow one contract: `handle` an input, then `poll` until `None`, and come back with `Tick` at `deadline`.

pub mod holder;
pub mod pace;
pub mod receiver;
pub mod turns;

#[cfg(test)]
mod tests;
