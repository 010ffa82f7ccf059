//! A child process whose lines can be waited for and whose end is an event (a Linux pidfd). Ended by its id when dropped.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// Lines kept of standard output; the oldest go first.
const STDOUT_LINES_MAX: usize = 200_000;
/// Lines kept of standard error, shown when something fails.
const STDERR_LINES_MAX: usize = 2_000;
/// How long a process may take to end after SIGTERM before it is killed.
const TERMINATE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long after its end the last lines of a process may still be on their way.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// A running child with both outputs captured.
pub struct Process {
    name: String,
    child: Child,
    pidfd: OwnedFd,
    journal: Arc<Journal>,
    cursor: u64,
}

/// What a process that ran to its end has left.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: Vec<String>,
    pub stderr: String,
}

impl Process {
    /// Starts `command`; `name` is for messages.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(name: &str, mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {name} ({command:?})"))?;
        let pidfd = pidfd_open(pid_of(&child)?, PidfdFlags::empty()).context("pidfd_open")?;
        let journal = Arc::new(Journal::default());
        let stdout = child.stdout.take().context("no stdout")?;
        let stderr = child.stderr.take().context("no stderr")?;
        journal.read(stdout, Stream::Out);
        journal.read(stderr, Stream::Err);
        Ok(Self { name: name.to_owned(), child, pidfd, journal, cursor: 0 })
    }

    /// Runs `command` to its end.
    ///
    /// # Errors
    /// When it cannot be started or does not end in time.
    pub fn run(name: &str, command: Command, timeout: Duration) -> Result<Finished> {
        let mut process = Self::spawn(name, command)?;
        let status = process.wait(timeout)?;
        process.journal.drained(DRAIN_TIMEOUT);
        let content = process.journal.lock();
        Ok(Finished {
            code: status.code(),
            stdout: content.stdout.iter().cloned().collect(),
            stderr: content.stderr.iter().fold(String::new(), |mut text, line| {
                let _ = writeln!(text, "{line}");
                text
            }),
        })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A descriptor that becomes readable when the process ends.
    pub(crate) fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    /// Waits for the next line of standard output that `wanted` accepts, and passes over the lines before it.
    ///
    /// # Errors
    /// When the output ends or the time is over first; says what the process wrote last.
    pub fn next_line<T>(&mut self, timeout: Duration, mut wanted: impl FnMut(&str) -> Option<T>) -> Result<T> {
        let until = Instant::now() + timeout;
        loop {
            match self.journal.line_at(self.cursor, until) {
                Some(line) => {
                    self.cursor += 1;
                    if let Some(found) = wanted(&line) {
                        return Ok(found);
                    }
                }
                None => bail!("{}: the awaited line did not come within {timeout:?}{}", self.name, self.last_words()),
            }
        }
    }

    /// Waits for the end of the process.
    ///
    /// # Errors
    /// When it does not end in time (it is killed then).
    pub fn wait(&mut self, timeout: Duration) -> Result<ExitStatus> {
        if !readable(&[self.pidfd.as_fd()], timeout)? {
            self.kill()?;
            bail!("{} did not end within {timeout:?}{}", self.name, self.last_words());
        }
        self.child.wait().with_context(|| format!("cannot wait for {}", self.name))
    }

    /// Whether it has ended.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// SIGKILL, and waits until the process is gone. Nothing of it gets a chance to tidy up.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(pid_of(&self.child)?, signal)?)
    }

    /// SIGTERM, then waits for its end.
    ///
    /// # Errors
    /// When it has to be killed after ten seconds.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        self.signal(Signal::TERM)?;
        self.wait(TERMINATE_TIMEOUT)
    }

    /// The last lines it wrote to standard error, for a message.
    pub fn last_words(&self) -> String {
        const SHOWN: usize = 20;
        let content = self.journal.lock();
        let skipped = content.stderr.len().saturating_sub(SHOWN);
        content.stderr.iter().skip(skipped).fold(String::from("; its last words:"), |mut text, line| {
            let _ = write!(text, "\n    {line}");
            text
        })
    }

    /// Waits until what it wrote to standard error, as far as it is kept, is what is awaited.
    ///
    /// # Errors
    /// When the output ends or the time is over first; says what the process wrote last.
    pub fn awaited_stderr<T>(&self, timeout: Duration, awaited: impl Fn(&VecDeque<String>) -> Option<T>) -> Result<T> {
        let until = Instant::now() + timeout;
        let mut content = self.journal.lock();
        loop {
            if let Some(found) = awaited(&content.stderr) {
                return Ok(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || content.closed == 2 {
                drop(content);
                bail!("{}: what is awaited did not come within {timeout:?}{}", self.name, self.last_words());
            }
            content = self.journal.changed.wait_timeout(content, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// All that it wrote to standard error and is still kept.
    pub fn stderr(&self) -> Vec<String> {
        self.journal.lock().stderr.iter().cloned().collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.terminate().is_err() {
            let _ = self.kill();
        }
    }
}

impl Finished {
    /// Standard output, when the exit code is 0.
    ///
    /// # Errors
    /// With what it wrote to standard error otherwise.
    pub fn success(self, what: &str) -> Result<Self> {
        match self.code {
            Some(0) => Ok(self),
            code => bail!("{what}: exit code {code:?}: {}", self.stderr.trim()),
        }
    }
}

/// Waits until one of the descriptors is readable; false when the time is over.
pub(crate) fn readable(descriptors: &[rustix::fd::BorrowedFd<'_>], timeout: Duration) -> Result<bool> {
    let mut polled: Vec<PollFd<'_>> = descriptors.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    let timeout = Timespec::try_from(timeout).context("timeout too long")?;
    loop {
        match poll(&mut polled, Some(&timeout)) {
            Ok(ready) => return Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn pid_of(child: &Child) -> Result<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("the process id is out of range")
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// Both outputs of a process, filled by two threads that end with it.
#[derive(Default)]
struct Journal {
    content: Mutex<Content>,
    changed: Condvar,
}

#[derive(Default)]
struct Content {
    stdout: VecDeque<String>,
    /// Lines of standard output that are no longer kept.
    dropped: u64,
    stderr: VecDeque<String>,
    closed: usize,
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(self: &Arc<Self>, source: impl Read + Send + 'static, stream: Stream) {
        let journal = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                journal.lock().push(stream, line);
                journal.changed.notify_all();
            }
            journal.lock().closed += 1;
            journal.changed.notify_all();
        });
    }

    /// The line with this number, waited for; `None` at the end of output or at the deadline.
    fn line_at(&self, number: u64, until: Instant) -> Option<String> {
        let mut content = self.lock();
        loop {
            let index = usize::try_from(number.saturating_sub(content.dropped)).unwrap_or(usize::MAX);
            if let Some(line) = content.stdout.get(index) {
                return Some(line.clone());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || content.closed == 2 {
                return None;
            }
            content = self.changed.wait_timeout(content, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until both outputs are read to their end.
    fn drained(&self, timeout: Duration) {
        let content = self.lock();
        let _ = self.changed.wait_timeout_while(content, timeout, |content| content.closed < 2);
    }
}

impl Content {
    fn push(&mut self, stream: Stream, line: String) {
        let (lines, max) = match stream {
            Stream::Out => (&mut self.stdout, STDOUT_LINES_MAX),
            Stream::Err => (&mut self.stderr, STDERR_LINES_MAX),
        };
        lines.push_back(line);
        if lines.len() > max {
            lines.pop_front();
            if matches!(stream, Stream::Out) {
                self.dropped += 1;
            }
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
    fn waits_for_a_line_and_passes_over_others() -> Result<()> {
        let mut process = Process::spawn("sh", shell("echo one; echo two; read never"))?;
        let found = process.next_line(Duration::from_secs(5), |line| (line == "two").then(|| line.to_owned()))?;
        assert_eq!(found, "two");
        Ok(())
    }

    #[test]
    fn a_line_that_never_comes_is_an_error_with_the_last_words() -> Result<()> {
        let mut process = Process::spawn("sh", shell("echo reason >&2"))?;
        let error = process.next_line(Duration::from_secs(5), |_| None::<()>).expect_err("no line can come");
        assert!(error.to_string().contains("reason"), "{error}");
        Ok(())
    }

    #[test]
    fn a_process_that_does_not_end_is_killed_at_the_deadline() -> Result<()> {
        let mut process = Process::spawn("sleep", shell("exec sleep 600"))?;
        assert!(process.wait(Duration::from_millis(50)).is_err());
        assert!(process.has_ended()?);
        Ok(())
    }

    #[test]
    fn collects_code_and_both_outputs() -> Result<()> {
        let finished = Process::run("sh", shell("echo out; echo err >&2; exit 3"), Duration::from_secs(5))?;
        assert_eq!(
            (finished.code, finished.stdout, finished.stderr),
            (Some(3), vec!["out".to_owned()], "err\n".to_owned())
        );
        Ok(())
    }
}
