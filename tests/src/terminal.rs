//! A program in a pseudo-terminal of its own, as a person sees it: what it writes is put on a screen (vt100), keys are typed into it.
//! Nothing here sleeps: it waits until the screen shows something, with a deadline. Ended by its process id when dropped.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use pty_process::Size;
use pty_process::blocking::{self, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::step;

/// Bytes kept of what the program wrote, for a look at what really went to the terminal.
const WRITTEN_BYTES_MAX: usize = 16 << 20;
/// How long a program may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// Keys that have no letter, as xterm sends them.
pub mod key {
    pub const ENTER: &str = "\r";
    pub const ALT_ENTER: &str = "\x1b\r";
    pub const TAB: &str = "\t";
    pub const ESCAPE: &str = "\x1b";
    pub const UP: &str = "\x1b[A";
    pub const DOWN: &str = "\x1b[B";
    pub const PAGE_UP: &str = "\x1b[5~";
    pub const F1: &str = "\x1bOP";
    pub const F2: &str = "\x1bOQ";
    pub const F3: &str = "\x1bOR";
    pub const F4: &str = "\x1bOS";
    pub const F5: &str = "\x1b[15~";
    pub const F6: &str = "\x1b[17~";
    pub const F10: &str = "\x1b[21~";
    /// Deletes to the start of the line.
    pub const CONTROL_U: &str = "\x15";
}

/// A running program and its screen.
pub struct Terminal {
    name: String,
    child: Child,
    pidfd: OwnedFd,
    pty: Arc<Pty>,
    shown: Arc<Shown>,
}

struct Shown {
    content: Mutex<Content>,
    changed: Condvar,
}

struct Content {
    parser: vt100::Parser,
    written: Vec<u8>,
    closed: bool,
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Terminal {
    /// Starts `command` in a terminal of this size; `name` is for messages.
    ///
    /// # Errors
    /// When there is no pseudo-terminal or it cannot be started.
    pub fn spawn(name: &str, command: Command, columns: u16, rows: u16) -> Result<Self> {
        let (pty, pts) = blocking::open().context("a pseudo-terminal")?;
        pty.resize(Size::new(rows, columns))?;
        let child = blocking::Command::from(command).spawn(pts).with_context(|| format!("cannot start {name}"))?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("the process id is out of range")?;
        let content = Content { parser: vt100::Parser::new(rows, columns, 0), written: Vec::new(), closed: false };
        let terminal = Self {
            name: name.to_owned(),
            child,
            pidfd: pidfd_open(pid, PidfdFlags::empty()).context("pidfd_open")?,
            pty: Arc::new(pty),
            shown: Arc::new(Shown { content: Mutex::new(content), changed: Condvar::new() }),
        };
        terminal.read();
        Ok(terminal)
    }

    fn read(&self) {
        let (pty, shown) = (Arc::clone(&self.pty), Arc::clone(&self.shown));
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            // The kernel answers with an error when the program has closed its side.
            while let Ok(count @ 1..) = (&*pty).read(&mut buffer) {
                let bytes = buffer.get(..count).unwrap_or_default();
                let mut content = shown.lock();
                content.parser.process(bytes);
                if content.written.len() + count <= WRITTEN_BYTES_MAX {
                    content.written.extend_from_slice(bytes);
                }
                drop(content);
                shown.changed.notify_all();
            }
            shown.lock().closed = true;
            shown.changed.notify_all();
        });
    }

    /// Types text or keys.
    ///
    /// # Errors
    /// When the program is gone.
    pub fn type_in(&self, text: &str) -> Result<()> {
        (&*self.pty).write_all(text.as_bytes()).with_context(|| format!("typing into {}", self.name))
    }

    /// Gives the window another size.
    ///
    /// # Errors
    /// When the program is gone.
    pub fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        self.shown.lock().parser.screen_mut().set_size(rows, columns);
        Ok(self.pty.resize(Size::new(rows, columns))?)
    }

    /// What stands on the screen, a line each row.
    pub fn screen(&self) -> String {
        self.shown.lock().parser.screen().contents()
    }

    /// Whether the program has given the terminal back: first screen, cursor shown, plain pasting, its own mouse.
    pub fn is_given_back(&self) -> bool {
        let content = self.shown.lock();
        let screen = content.parser.screen();
        let plain = !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste();
        plain && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }

    /// Every byte that went to the terminal.
    pub fn written(&self) -> Vec<u8> {
        self.shown.lock().written.clone()
    }

    /// Waits until the screen shows all of these at once.
    ///
    /// # Errors
    /// When it does not in time; shows what stood there.
    pub fn shows(&self, wanted: &[&str]) -> Result<String> {
        let missing = |screen: &str| wanted.iter().find(|wanted| !screen.contains(**wanted)).copied();
        self.until(|screen| missing(screen).is_none())
            .with_context(|| format!("{} does not show {:?}", self.name, missing(&self.screen())))
    }

    /// Waits until the screen no longer shows this.
    ///
    /// # Errors
    /// When it still does at the deadline.
    pub fn hides(&self, unwanted: &str) -> Result<String> {
        self.until(|screen| !screen.contains(unwanted))
            .with_context(|| format!("{} still shows {unwanted:?}", self.name))
    }

    fn until(&self, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let until = Instant::now() + step();
        let mut content = self.shown.lock();
        loop {
            let screen = content.parser.screen().contents();
            if wanted(&screen) {
                return Ok(screen);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || content.closed {
                bail!("the screen at the end:\n{screen}");
            }
            content = self.shown.changed.wait_timeout(content, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the end of the program.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn ends(&mut self) -> Result<ExitStatus> {
        let timeout = Timespec::try_from(END_TIMEOUT).context("timeout")?;
        let mut polled = [PollFd::new(&self.pidfd, PollFlags::IN)];
        if poll(&mut polled, Some(&timeout))? == 0 {
            bail!("{} did not end within {END_TIMEOUT:?}; its screen:\n{}", self.name, self.screen());
        }
        let status = self.child.wait()?;
        let content = self.shown.lock();
        drop(self.shown.changed.wait_timeout_while(content, END_TIMEOUT, |content| !content.closed));
        Ok(status)
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.ends()
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.ends().map(drop)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid =
            i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("the process id is out of range")?;
        Ok(kill_process(pid, signal)?)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.terminate().is_err() {
            let _ = self.kill();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_has_a_screen_and_a_keyboard() -> Result<()> {
        let mut terminal = Terminal::spawn("sh", shell("stty size; read line; echo \"said $line\""), 70, 20)?;
        terminal.shows(&["20 70"])?;
        terminal.type_in("hello\r")?;
        terminal.shows(&["said hello"])?;
        assert!(terminal.ends()?.success());
        assert!(terminal.is_given_back());
        Ok(())
    }

    #[test]
    fn what_is_never_shown_is_an_error_with_the_screen() -> Result<()> {
        let terminal = Terminal::spawn("sh", shell("echo something else"), 70, 20)?;
        let error = terminal.shows(&["never"]).expect_err("it is never shown");
        assert!(format!("{error:#}").contains("something else"), "{error:#}");
        Ok(())
    }
}
