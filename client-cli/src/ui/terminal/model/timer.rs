//! Messages that delete themselves: setting for how long they are there.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Ask, Model, Overlay, Topic};
use crate::rpc::{Request, TimerWish};

/// What is offered, in seconds from reading; anything else is for the command line. The first keeps messages.
pub const TIMERS_S: [u32; 8] = [0, 30, 300, 3_600, 28_800, 86_400, 604_800, 2_419_200];

impl Model {
    pub(super) fn ask_timer(&mut self) {
        let Some(open) = &self.open else { return self.say_open_first() };
        let now = self.open_row().and_then(|row| row.timer_s).unwrap_or_default();
        let selected = TIMERS_S.iter().position(|seconds| u64::from(*seconds) == now).unwrap_or_default();
        self.overlay = Some(Overlay::Timer { who: open.who.clone(), selected });
    }

    pub(super) fn on_timer_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Timer { who, selected }) = &mut self.overlay else { return };
        match key.code {
            KeyCode::Up => *selected = selected.saturating_sub(1),
            KeyCode::Down => *selected = (*selected + 1).min(TIMERS_S.len() - 1),
            KeyCode::Enter => {
                let set = TIMERS_S.get(*selected).map(|seconds| match seconds {
                    0 => TimerWish::Off,
                    seconds => TimerWish::Seconds(*seconds),
                });
                let request = Request::Timer { who: who.expose().clone(), set };
                asks.push(Ask { topic: Topic::Timed, request });
                self.overlay = None;
            }
            _ => {}
        }
    }
}
