//! Ctrl-C. The terminal sends it to every process of the task; this one stays to tidy up after them.

use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::Result;

/// From now on Ctrl-C and SIGTERM arrive here instead of ending the process.
///
/// # Errors
/// When the handler cannot be installed.
pub fn caught() -> Result<Receiver<()>> {
    let (sender, receiver) = sync_channel(1);
    // Full means that one has been caught and not been looked at yet.
    ctrlc::set_handler(move || {
        let _ = sender.try_send(());
    })?;
    Ok(receiver)
}
