//! Documents that people carry from one machine to another: a request, or what the root key has signed, in hexadecimal in a file.
//! Must never write over a file, nor read more than such a document has.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use data_encoding::HEXLOWER;

use super::{Failure, file_failure};
use crate::unix;
use crate::words::Words;

const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The bytes in `file`; `wrong` says that it is no such document.
pub fn read(words: &Words, file: &Path, wrong: &str) -> Result<Vec<u8>, Failure> {
    let mut text = String::new();
    let opened = fs::File::open(file);
    let read = opened.and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| file_failure(words, file, &error))?;
    HEXLOWER.decode(text.trim().as_bytes()).map_err(|_| Failure::Said(words.say(wrong)))
}

/// Puts the bytes into a new file for its owner only.
pub fn write(words: &Words, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = unix::create_private(file).and_then(|mut file| {
        file.write_all(text_of(bytes).as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| file_failure(words, file, &error))
}

/// The bytes as a file has them.
pub fn text_of(bytes: &[u8]) -> String {
    format!("{}\n", HEXLOWER.encode(bytes))
}
