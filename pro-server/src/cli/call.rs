//! One request to the running server over its administration socket, and its replies line by line, each bounded.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

use crate::administration::{REPLY_BYTES_MAX, Reply, Request};
use crate::unix::{self, AdminStream};

/// A request on its way.
pub struct Call {
    replies: BufReader<AdminStream>,
}

impl Call {
    /// Connects to the server on `data` and asks.
    pub fn open(data: &Path, request: &Request) -> io::Result<Self> {
        let mut stream = unix::connect_admin(data)?;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        Ok(Call { replies: BufReader::new(stream) })
    }

    /// The next reply; `None` when the server went away.
    pub fn next(&mut self) -> io::Result<Option<Reply>> {
        let mut line = Vec::new();
        let mut bounded = self.replies.by_ref().take(REPLY_BYTES_MAX as u64);
        if bounded.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&line)?))
    }
}
