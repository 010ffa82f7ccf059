//! Commands about messages that are there: edit, delete, react, forward, and whether reading them is told.

use super::arguments::{Choice, MessageCommand};
use super::{Failure, Shell, wait_ms};
use crate::rpc::{Receipts, Request};

impl Shell<'_> {
    pub(super) async fn amend(&self, command: MessageCommand) -> Result<(), Failure> {
        match command {
            MessageCommand::Edit { message_id: message, text, wait } => {
                let wait_ms = wait_ms(wait);
                self.ask_delivered(Request::Edit { message, text, wait_ms }, wait_ms).await
            }
            MessageCommand::Delete { message_id: message, wait } => {
                let wait_ms = wait_ms(wait);
                self.ask_delivered(Request::Delete { message, wait_ms }, wait_ms).await
            }
            MessageCommand::React { message_id: message, emoji, wait } => {
                let wait_ms = wait_ms(wait);
                self.ask_delivered(Request::React { message, emoji, wait_ms }, wait_ms).await
            }
            MessageCommand::Forward { message_id: message, who, wait } => {
                let wait_ms = wait_ms(wait);
                self.ask_delivered(Request::Forward { message, who, wait_ms }, wait_ms).await
            }
            MessageCommand::Receipts { choice } => {
                let choose = choice.map(|choice| match choice {
                    Choice::On => Receipts::On,
                    Choice::Off => Receipts::Off,
                });
                self.ask(Request::Receipts { choose }).await
            }
        }
    }
}
