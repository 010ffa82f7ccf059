//! Finding words in everything that was said (docs/adr/0024): the words of a text, what a question asks for, and the index of both.
//! Pure. It must never be on a disk: what is in it is as readable as the messages themselves.

mod index;
mod words;

pub use index::{Index, Place};
pub use words::Question;

#[cfg(test)]
mod tests;
