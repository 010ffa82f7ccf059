//! `send-file` and `files`: what is offered, one thing or many, what moves, and how fast it may.

use std::path::PathBuf;

use clap::Subcommand;

use super::show::field;
use super::{Failure, Shell, absolute};
use crate::rpc::{Beside, Fault, RateWish, Request};

/// `off`, or bytes per second: `500k`, `2M`, `1G` are thousands, millions and milliards.
fn rate(text: &str) -> Result<RateWish, std::num::ParseIntError> {
    if text == "off" {
        return Ok(RateWish::Off);
    }
    let units = [(['k', 'K'], 1_000), (['m', 'M'], 1_000_000), (['g', 'G'], 1_000_000_000)];
    let unit = units.iter().find_map(|(letter, factor)| Some((text.strip_suffix(*letter)?, *factor)));
    let (number, factor) = unit.unwrap_or((text, 1));
    Ok(RateWish::Bytes(number.parse::<u64>()?.saturating_mul(factor)))
}

/// What is done to the moving of files.
#[derive(Subcommand)]
pub(super) enum FilesCommand {
    Pause {
        file_id: String,
    },
    Resume {
        file_id: String,
    },
    Limit {
        #[arg(value_name = "RATE|off", value_parser = rate)]
        rate: Option<RateWish>,
    },
}

impl Shell<'_> {
    /// Offers each of them. Messages arrive in their order: the last one's delivery is everybody's.
    pub(super) async fn send_files(
        &self,
        who: &str,
        paths: &[PathBuf],
        wait_ms: Option<u64>,
        beside: Beside,
    ) -> Result<(), Failure> {
        let paths = paths.iter().map(|path| absolute(path)).collect::<Result<Vec<_>, _>>()?;
        let mut session = self.session().await?;
        let (mut failed, mut state) = (None, None);
        for (at, path) in paths.iter().enumerate() {
            let is_last = at + 1 == paths.len();
            let (who, path, beside) = (who.to_owned(), path.clone(), beside.clone());
            let request = Request::SendFile { who, path, wait_ms: wait_ms.filter(|_| is_last), beside };
            match session.caller.ask(request.clone()).await {
                Ok(answer) => {
                    self.printer.answer(&request, &answer);
                    state = Some((field(&answer, "state").to_owned(), field(&answer, "reason").to_owned()));
                }
                // The others go all the same; the last failure is the command's own.
                Err(fault) => {
                    if let Some(earlier) = failed.replace(fault) {
                        self.printer.fault(&earlier);
                    }
                }
            }
        }
        session.end().await?;
        match (failed, state) {
            (Some(fault), _) => Err(fault.into()),
            (None, Some((state, reason))) if state == "refused" => Err(Fault::new(&reason).into()),
            (None, Some((state, _))) if wait_ms.is_some() && !matches!(state.as_str(), "delivered" | "read") => {
                Err(Failure::NotDelivered)
            }
            (None, _) => Ok(()),
        }
    }

    pub(super) async fn files(&self, change: Option<FilesCommand>) -> Result<(), Failure> {
        match change {
            None => self.show_files().await,
            Some(FilesCommand::Pause { file_id }) => self.ask(Request::PauseFile { file: file_id }).await,
            Some(FilesCommand::Resume { file_id }) => self.ask(Request::ResumeFile { file: file_id }).await,
            Some(FilesCommand::Limit { rate }) => self.ask(Request::LimitFiles { set: rate }).await,
        }
    }

    /// The files, and a remark if they may not move as fast as they can.
    async fn show_files(&self) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let limit = Request::LimitFiles { set: None };
        let (files, rate) = (session.caller.ask(Request::Files {}).await, session.caller.ask(limit.clone()).await);
        session.end().await?;
        self.printer.answer(&Request::Files {}, &files?);
        let rate = rate?;
        if !self.printer.json && rate["bytes_per_s"].is_u64() {
            self.printer.show(&limit, &rate);
        }
        Ok(())
    }
}
