//! Which colors a terminal gets: the one place that decides. The views name six inks; here they become what the terminal can show and
//! a person can read, on a black and on a white ground alike, since nobody knows which it is. Color never says anything alone: words
//! or marks say it too, and without colors nothing is missing.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// How many colors a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// No color is sent.
    None,
    /// Those of the terminal's own theme.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

impl Colors {
    /// What the environment says of this terminal: `NO_COLOR` (no-color.org), `COLORTERM`, `TERM`.
    pub fn of_environment() -> Self {
        let of = |name: &str| std::env::var(name).unwrap_or_default();
        Self::of(&of("NO_COLOR"), &of("COLORTERM"), &of("TERM"))
    }

    /// Of these three.
    pub fn of(no_color: &str, colorterm: &str, term: &str) -> Self {
        if !no_color.is_empty() || term == "dumb" || term.ends_with("-m") || term.ends_with("-mono") {
            Self::None
        } else if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }

    /// Turns the inks in what was drawn into colors of this terminal.
    pub fn adapt(self, drawn: &mut Buffer) {
        for cell in &mut drawn.content {
            self.adapt_cell(cell);
        }
    }

    fn adapt_cell(self, cell: &mut Cell) {
        let has_ground = cell.bg != Color::Reset;
        if self == Self::None {
            // What stood on a ground of its own stands out still.
            if has_ground {
                cell.modifier.insert(Modifier::REVERSED);
            }
            (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
            return;
        }
        // Dim text is hard to read on many terminals, and gone on some.
        let is_dim = cell.modifier.contains(Modifier::DIM) && !cell.modifier.contains(Modifier::REVERSED);
        if is_dim && self != Self::Sixteen {
            cell.modifier.remove(Modifier::DIM);
            if cell.fg == Color::Reset {
                cell.fg = Color::DarkGray;
            }
        }
        if has_ground {
            // Black and white on a ground of its own are meant as such.
            cell.fg =
                if matches!(cell.fg, Color::Black | Color::White) { self.plain(cell.fg) } else { self.ink(cell.fg) };
            cell.bg = if cell.bg == Color::White { self.plain(cell.bg) } else { self.ink(cell.bg) };
        } else {
            cell.fg = self.ink(cell.fg);
        }
    }

    /// Black and white, whatever a theme makes of those names.
    const fn plain(self, color: Color) -> Color {
        match (self, color) {
            (Self::True, Color::Black) => Color::Rgb(0, 0, 0),
            (Self::True, Color::White) => Color::Rgb(255, 255, 255),
            (Self::Indexed, Color::Black) => Color::Indexed(16),
            (Self::Indexed, Color::White) => Color::Indexed(231),
            (Self::Sixteen, Color::White) => Color::White,
            (_, color) => color,
        }
    }

    /// An ink as this terminal shows it. Of the sixteen, yellow, green and cyan cannot be read on white in most themes.
    fn ink(self, color: Color) -> Color {
        match self {
            Self::None => Color::Reset,
            Self::Sixteen => match color {
                Color::Yellow => Color::Magenta,
                Color::Green | Color::Cyan | Color::DarkGray => Color::Reset,
                Color::Rgb(..) | Color::Indexed(_) => Color::Reset,
                color => color,
            },
            Self::Indexed => match color {
                Color::Red => Color::Indexed(196),
                Color::Yellow => Color::Indexed(130),
                Color::Cyan => Color::Indexed(30),
                Color::Green => Color::Indexed(28),
                Color::Blue => Color::Indexed(63),
                Color::DarkGray => Color::Indexed(243),
                Color::Rgb(red, green, blue) => Color::Indexed(nearest(red, green, blue)),
                color => color,
            },
            Self::True => match color {
                Color::Red => Color::Rgb(225, 43, 43),
                Color::Yellow => Color::Rgb(163, 105, 4),
                Color::Cyan => Color::Rgb(8, 129, 148),
                Color::Green => Color::Rgb(24, 136, 43),
                Color::Blue => Color::Rgb(30, 113, 230),
                Color::DarkGray => Color::Rgb(118, 118, 118),
                color => color,
            },
        }
    }
}

/// The color of xterm's cube that is nearest.
fn nearest(red: u8, green: u8, blue: u8) -> u8 {
    // Its steps are 0, 95, 135, 175, 215 and 255.
    let step = |part: u8| match part {
        0..48 => 0,
        48..115 => 1,
        part => (part - 35) / 40,
    };
    16 + 36 * step(red) + 6 * step(green) + step(blue)
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    const INKS: [Color; 6] = [Color::Red, Color::Yellow, Color::Cyan, Color::Green, Color::Blue, Color::DarkGray];

    #[test]
    fn the_environment_says_how_many() {
        assert_eq!(Colors::of("", "truecolor", "xterm-256color"), Colors::True);
        assert_eq!(Colors::of("", "", "screen-256color"), Colors::Indexed);
        assert_eq!(Colors::of("", "", "linux"), Colors::Sixteen);
        assert_eq!(Colors::of("", "", ""), Colors::Sixteen);
        assert_eq!(Colors::of("1", "truecolor", "xterm-256color"), Colors::None);
        assert_eq!(Colors::of("", "truecolor", "dumb"), Colors::None);
    }

    fn parts(color: Color) -> (u8, u8, u8) {
        match color {
            Color::Rgb(red, green, blue) => (red, green, blue),
            Color::Indexed(243) => (118, 118, 118),
            Color::Indexed(index) => {
                let part = |place: u8| [0, 95, 135, 175, 215, 255][usize::from((index - 16) / place % 6)];
                (part(36), part(6), part(1))
            }
            other => panic!("{other:?} is the theme's"),
        }
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(color: Color) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let (red, green, blue) = parts(color);
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    #[test]
    fn every_ink_can_be_read_on_black_and_on_white() {
        for (colors, contrast) in [(Colors::True, 4.5), (Colors::Indexed, 3.9)] {
            for ink in INKS {
                let light = luminance(colors.ink(ink)) + 0.05;
                assert!(light / 0.05 >= contrast && 1.05 / light >= contrast, "{colors:?} {ink:?}");
            }
        }
    }

    #[test]
    fn without_colors_none_is_sent_and_what_stood_out_stands_out() {
        let mut drawn = Buffer::empty(Rect::new(0, 0, 2, 1));
        drawn.set_string(0, 0, "!", Style::new().fg(Color::White).bg(Color::Red));
        drawn.set_string(1, 0, "?", Style::new().fg(Color::Yellow));
        Colors::None.adapt(&mut drawn);
        assert!(drawn.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
        assert!(drawn[(0, 0)].modifier.contains(Modifier::REVERSED));
        assert!(!drawn[(1, 0)].modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn sixteen_are_those_that_every_theme_can_show() {
        for ink in INKS {
            let shown = Colors::Sixteen.ink(ink);
            assert!(matches!(shown, Color::Red | Color::Magenta | Color::Blue | Color::Reset), "{ink:?} is {shown:?}");
        }
    }

    #[test]
    fn a_picture_keeps_its_colors_nearly() {
        assert_eq!(nearest(0, 0, 0), 16);
        assert_eq!(nearest(255, 255, 255), 231);
        assert_eq!(nearest(255, 0, 0), 196);
        assert_eq!(nearest(100, 140, 170), 16 + 36 + 12 + 3);
    }
}
