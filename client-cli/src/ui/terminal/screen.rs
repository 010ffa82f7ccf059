//! The terminal while the chat has it: raw, on its second screen. Whatever happens, a panic of any task included, it is given back as
//! it was.

use std::fmt;
use std::io::{self, IsTerminal as _, Stdout, Write as _, stdout};
use std::sync::Once;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{Command, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::layout::Size;
use super::model::Model;
use super::palette::Colors;
use super::text::Harmless;
use super::view;

/// The terminal, ours until this is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    colors: Colors,
}

/// Whose the mouse is while the chat runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// Clicks and the wheel come here; with Shift they are the terminal's, in nearly all of them.
    Ours,
    /// All of it stays the terminal's.
    Terminals,
}

/// Clicks and the wheel (xterm's 1000), not every motion, with places as text (1006).
struct CatchPointer;

/// The opposite.
struct LeavePointer;

impl Command for CatchPointer {
    fn write_ansi(&self, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_str("\x1b[?1000h\x1b[?1006h")
    }
}

impl Command for LeavePointer {
    fn write_ansi(&self, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_str("\x1b[?1006l\x1b[?1000l")
    }
}

/// Whether there is a terminal at all.
pub fn is_available() -> bool {
    io::stdin().is_terminal() && stdout().is_terminal()
}

impl Screen {
    /// Takes the terminal.
    pub fn enter(pointer: Pointer, colors: Colors) -> io::Result<Self> {
        static HOOK: Once = Once::new();
        // The words of a panic belong on the screen that stays.
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                leave();
                before(panic);
            }));
        });
        enable_raw_mode()?;
        let entered = execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange);
        let entered = entered.and_then(|()| match pointer {
            Pointer::Ours => execute!(stdout(), CatchPointer),
            Pointer::Terminals => Ok(()),
        });
        let terminal = entered.and_then(|()| Terminal::new(CrosstermBackend::new(stdout())));
        terminal.map(|terminal| Self { terminal, colors }).inspect_err(|_| leave())
    }

    /// Its size now.
    pub fn size(&self) -> io::Result<Size> {
        let size = self.terminal.size()?;
        Ok(Size { columns: size.width, rows: size.height })
    }

    /// Puts a text on the clipboard of whoever looks at the terminal (xterm's OSC 52); one that knows no such thing shows nothing.
    pub fn copy(&mut self, text: &Harmless) -> io::Result<()> {
        let encoded = data_encoding::BASE64.encode(text.expose().as_bytes());
        let mut out = stdout();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }

    /// Draws what changed.
    pub fn draw(&mut self, model: &Model) -> io::Result<()> {
        let colors = self.colors;
        let draw = |frame: &mut ratatui::Frame<'_>| {
            view::draw(frame, model);
            colors.adapt(frame.buffer_mut());
        };
        self.terminal.draw(draw).map(drop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the terminal back. Nothing can be done if it is gone already.
fn leave() {
    let _ = disable_raw_mode();
    let _ = execute!(stdout(), LeavePointer, DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, Show);
}
