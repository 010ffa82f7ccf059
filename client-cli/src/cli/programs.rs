//! For programs: `rpc` speaks JSON-RPC 2.0 on standard input and output, and prints its schema; `completion` prints what a shell completes.

use std::io::Write as _;

use clap::CommandFactory as _;
use tokio::io::AsyncWriteExt as _;

use super::arguments::{Cli, Stay, localized};
use super::staying::LAST_WORDS;
use super::{Failure, Shell};
use crate::engine::Ended;
use crate::platform::{self, LocalListener, LocalStream};
use crate::rpc::{self, Fault};

impl Shell<'_> {
    pub(super) fn schema(&self) -> Result<(), Failure> {
        let written = serde_json::to_string_pretty(&rpc::openrpc()).map_err(|_| Fault::new("internal"))?;
        println!("{written}");
        Ok(())
    }

    pub(super) fn completion(&self, shell: clap_complete::Shell) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut localized(Cli::command(), &self.printer.words), "isoloir", &mut script);
        // Whoever reads it may have gone.
        let _ = std::io::stdout().write_all(&script);
        Ok(())
    }

    /// The agent's engine, or one of our own that serves the other commands meanwhile. Without a passphrase at hand it begins locked, and
    /// the program on the other side unlocks it.
    pub(super) async fn rpc(&self) -> Result<(), Failure> {
        let data = self.data()?;
        let input = platform::standard_input().map_err(|_| Fault::new("internal"))?;
        if let Some(agent) = platform::connect(&data).await.map_err(|_| Fault::new("agent-gone"))? {
            return pass_on(input, agent).await;
        }
        let asks = self.global.passphrase_file.is_none();
        let guard = self.begin(&data, &Stay { locked: asks })?;
        let listener = LocalListener::bind(&data).map_err(|_| Fault::new("socket"))?;
        let serving = tokio::spawn(rpc::serve(listener, guard.handle.clone()));
        let talking = rpc::serve_stream(input, tokio::io::stdout(), guard.handle.clone());
        tokio::pin!(talking);
        tokio::select! {
            _ = &mut talking => {}
            _ = platform::asked_to_stop() => {}
            () = guard.finished() => {
                // What it answered last still goes out.
                let _ = tokio::time::timeout(LAST_WORDS, &mut talking).await;
            }
        }
        serving.abort();
        let _ = serving.await;
        match guard.stop().await? {
            Ended::Stopped => Ok(()),
            Ended::Locked => Err(Fault::new("locked").into()),
        }
    }
}

/// Until the agent has answered everything, or ends.
async fn pass_on(input: LocalStream, agent: LocalStream) -> Result<(), Failure> {
    let (mut answers, mut requests) = agent.into_split();
    let asking = tokio::spawn(async move {
        let mut input = input;
        let copied = tokio::io::copy(&mut input, &mut requests).await;
        let _ = requests.shutdown().await;
        copied
    });
    let mut output = tokio::io::stdout();
    tokio::io::copy(&mut answers, &mut output).await.map_err(|_| Fault::new("agent-gone"))?;
    let _ = output.flush().await;
    let has_asked_all = asking.is_finished();
    asking.abort();
    if has_asked_all { Ok(()) } else { Err(Fault::new("agent-gone").into()) }
}
